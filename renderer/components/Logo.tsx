/** The mark: a key's bow inside two arrows that go round. Beside the name, so it says nothing by itself. */
export function Logo({ size = 26 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#1b6577" />
      <g stroke="#fff" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round">
        <path d="M7.2 14.2a9 9 0 0 1 16-3.9M24.8 17.8a9 9 0 0 1-16 3.9" />
        <path d="M23.9 6.2v4.4h-4.4M8.1 25.8v-4.4h4.4" />
      </g>
      <path fill="#fff" d="M16 12.2a2.7 2.7 0 0 0-1.35 5.04l-.65 3.06h4l-.65-3.06A2.7 2.7 0 0 0 16 12.2Z" />
    </svg>
  );
}
