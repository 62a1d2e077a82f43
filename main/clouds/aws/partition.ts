/** The partition of a region: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  const isolated = region.match(/^(?:us|eu)-(iso[a-z]?)-/)?.[1];
  return isolated === undefined ? 'aws' : `aws-${isolated.replace(/^iso(?=[a-z])/, 'iso-')}`;
}
