import { text } from 'node:stream/consumers';
import { summariesOf } from './summary.ts';

// Started by a test in another runtime than its own: contents come in, summaries go out.
process.stdout.write(JSON.stringify(summariesOf(JSON.parse(await text(process.stdin)))));
