import { z } from 'zod';
import { type Calls, guarded } from '../kernel/door.ts';
import type { AwsCloud } from './index.ts';

const name = z.string();
const tags = z.record(z.string(), z.string());

/** What may be done to AWS through the control door. */
export function awsCalls(aws: AwsCloud): Calls {
  const ofSecret = z.tuple([name, name]);
  const user = z.strictObject({ policy: z.unknown(), userName: name.exactOptional() });
  return {
    'aws.addAccessKey': guarded(z.tuple([user]), aws.addAccessKey),
    'aws.disableAccessKey': guarded(z.tuple([name]), aws.disableAccessKey),
    'aws.enableAccessKey': guarded(z.tuple([name]), aws.enableAccessKey),
    'aws.setPolicy': guarded(z.tuple([name, z.unknown()]), aws.setPolicy),
    'aws.setListLag': guarded(z.tuple([z.number()]), aws.setListLag),
    'aws.secretNames': guarded(z.tuple([name]), aws.secretNames),
    'aws.secret': guarded(ofSecret, aws.secret),
    'aws.secretValue': guarded(z.tuple([name, name, name.optional()]), (region, secret, version = 'AWSCURRENT') => {
      const value = aws.secretValue(region, secret, version);
      return Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value;
    }),
    'aws.putOutside': guarded(z.tuple([name, name, z.string()]), aws.putOutside),
    'aws.tagOutside': guarded(z.tuple([name, name, tags]), aws.tagOutside),
    'aws.untagOutside': guarded(z.tuple([name, name, z.array(name)]), aws.untagOutside),
    'aws.removeOutside': guarded(z.tuple([name, name, z.int().optional()]), aws.removeOutside),
    'aws.restoreOutside': guarded(ofSecret, aws.restoreOutside),
    ...accountCalls(aws),
    ...parameterCalls(aws),
    ...certificateCalls(aws),
  };
}

function accountCalls(aws: AwsCloud): Calls {
  const seconds = z.int().exactOptional();
  const role = z.strictObject({
    roleName: name,
    policy: z.unknown(),
    trust: z.unknown(),
    maxSessionDuration: seconds,
  });
  const portal = z.strictObject({ roleName: name, policy: z.unknown(), userName: name.exactOptional(), seconds });
  const count = z.int().exactOptional();
  return {
    'aws.addRole': guarded(z.tuple([role]), aws.addRole),
    'aws.removeRole': guarded(z.tuple([name]), aws.removeRole),
    'aws.signInToPortal': guarded(z.tuple([portal]), aws.signInToPortal),
    'aws.signOutOfPortal': guarded(z.tuple([name]), aws.signOutOfPortal),
    'aws.addKmsKey': guarded(z.tuple([name, name.optional()]), aws.addKmsKey),
    'aws.removeKmsKey': guarded(z.tuple([name]), aws.removeKmsKey),
    'aws.setParameterScanLimit': guarded(z.tuple([z.int()]), aws.setParameterScanLimit),
    'aws.setParameterQuota': guarded(
      z.tuple([z.strictObject({ Standard: count, Advanced: count })]),
      aws.setParameterQuota,
    ),
    'aws.setCertificateQuota': guarded(
      z.tuple([z.strictObject({ certificates: count, importsPerYear: count })]),
      aws.setCertificateQuota,
    ),
  };
}

function parameterCalls({ parameters }: AwsCloud): Calls {
  const ofParameter = z.tuple([name, name]);
  return {
    'aws.parameters.names': guarded(z.tuple([name]), parameters.names),
    'aws.parameters.get': guarded(ofParameter, parameters.get),
    'aws.parameters.value': guarded(z.tuple([name, name, z.int().optional()]), parameters.value),
    'aws.parameters.put': guarded(z.tuple([name, name, z.string()]), parameters.put),
    'aws.parameters.tag': guarded(z.tuple([name, name, tags]), parameters.tag),
    'aws.parameters.untag': guarded(z.tuple([name, name, z.array(name)]), parameters.untag),
    'aws.parameters.label': guarded(z.tuple([name, name, z.array(name), z.int().optional()]), parameters.label),
    'aws.parameters.remove': guarded(ofParameter, parameters.remove),
  };
}

function certificateCalls({ certificates }: AwsCloud): Calls {
  const ofCertificate = z.tuple([name, name]);
  const pem = z.strictObject({ certificate: z.string(), privateKey: z.string(), chain: z.string().exactOptional() });
  return {
    'aws.certificates.arns': guarded(z.tuple([name]), certificates.arns),
    'aws.certificates.get': guarded(ofCertificate, certificates.get),
    'aws.certificates.put': guarded(z.tuple([name, pem, name.optional()]), certificates.put),
    'aws.certificates.putIssued': guarded(z.tuple([name, pem]), certificates.putIssued),
    'aws.certificates.tag': guarded(z.tuple([name, name, tags]), certificates.tag),
    'aws.certificates.untag': guarded(z.tuple([name, name, z.array(name)]), certificates.untag),
    'aws.certificates.use': guarded(z.tuple([name, name, z.array(name)]), certificates.use),
    'aws.certificates.remove': guarded(ofCertificate, certificates.remove),
    'aws.certificates.imports': guarded(z.tuple([name]), certificates.imports),
  };
}
