import { z } from 'zod';
import { text } from './text.ts';

/** What of a key file may be shown: Google lists service accounts by their e-mail address. */
interface KeyFile {
  readonly clientEmail: string;
  readonly projectId: string;
}

const keyFile = z.object({
  client_email: z.email(),
  project_id: z.string().min(1).max(128),
  private_key: z.string().min(1),
});
const typed = z.object({ type: z.string().max(64) });

/**
 * Looks whether a text is the JSON key file of a service account. The problem's sentence never holds any of it but its kind.
 * Main looks again, and closer.
 */
export function readKeyFile(content: string): KeyFile | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    // The parser's words may quote the text.
    return { problem: text.keyFile.notJson };
  }
  const type = typed.safeParse(json).data?.type;
  if (type !== 'service_account') {
    return {
      problem: type === undefined ? text.keyFile.noType : `${text.keyFile.otherType} “${type}”. ${text.keyFile.fix}`,
    };
  }
  const file = keyFile.safeParse(json);
  if (!file.success) return { problem: text.keyFile.incomplete };
  return { clientEmail: file.data.client_email, projectId: file.data.project_id };
}
