import { useEffect, useState } from 'react';

const step = 60_000;

/** The time, in milliseconds since the epoch, renewed once a minute: often enough for `5 minutes ago`, and cheap when idle. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), step);
    return () => clearInterval(timer);
  }, []);
  return now;
}
