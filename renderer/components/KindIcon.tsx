import type { SourceItemView } from '../../preload/contract/views.ts';
import { kindLooks } from './services.ts';

/** Whether it is a secret or a certificate, also for those who hear it. */
export function KindIcon({ kind, size = 16 }: { readonly kind: SourceItemView['kind']; readonly size?: number }) {
  const { icon: Shown, word } = kindLooks[kind];
  return <Shown size={size} stroke={1.7} role="img" aria-label={word} style={{ flex: 'none' }} />;
}
