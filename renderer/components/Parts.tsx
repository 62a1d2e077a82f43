import type { Part } from './services.ts';
import './Parts.css';

/** The secrets in one JSON object, each with its key. */
export function Parts({ parts }: { readonly parts: readonly Part[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part of the page that scrolls must be reachable by keyboard
    <section className="parts" aria-label="Secrets and their keys" tabIndex={0}>
      <ul>
        {parts.map(({ name, key }) => (
          <li key={name}>
            <span className="cut" title={name}>
              {name}
            </span>
            <span aria-hidden="true">→</span>
            <span className="cut mono" title={key}>
              {key}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
