/** Widths and kerning of fonts that every PDF reader has, as data; @types/pdfkit does not know these modules. */
declare module 'pdfkit/standard-fonts/*' {
  const metrics: unknown;
  export default metrics;
}
