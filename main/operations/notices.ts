import type { NoticeView } from '../../preload/contract/views.ts';

/** What a person should know of the app itself, until dismissed. The same notice, once dismissed, stays away. */
interface Notices {
  add(notice: NoticeView): void;
  list(): NoticeView[];
  dismiss(id: string): void;
}

const remembered = 200;

/** @param preferences remember what was dismissed: of many, the latest */
export function createNotices(preferences: {
  get(): { readonly dismissedNotices: readonly string[] };
  set(change: { dismissedNotices: string[] }): void;
}): Notices {
  const notices = new Map<string, NoticeView>();
  return {
    add: (notice) => void notices.set(notice.id, notice),
    list: () => {
      const dismissed = new Set(preferences.get().dismissedNotices);
      return [...notices.values()].filter(({ id }) => !dismissed.has(id));
    },
    dismiss(id) {
      const { dismissedNotices } = preferences.get();
      preferences.set({
        dismissedNotices: [...dismissedNotices.filter((known) => known !== id), id].slice(-remembered),
      });
    },
  };
}
