import { Exclusions } from './Exclusions.tsx';
import { SettingsPage } from './SettingsPage.tsx';
import { text } from './text.ts';

/** Settings > Sync > Exclusions. */
export default function ExclusionsScreen() {
  return <SettingsPage title={text.exclusions}>{({ exclusions }) => <Exclusions saved={exclusions} />}</SettingsPage>;
}
