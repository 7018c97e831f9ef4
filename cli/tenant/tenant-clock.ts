// What the tenant's clock shows. It names whole seconds, and a workstation's own clock can be minutes away from it.
// Each answer has a date, which bounds the difference; together the bounds become narrow.

export interface TenantClock {
  /** @param sentAt when the call that is answered now was sent, by this machine's clock */
  note(headers: Headers, sentAt: number): void;
  /** In milliseconds: how long it is until then, 0 for what is over. @param second of the tenant's, since the epoch */
  until(second: number): number;
}

/** In milliseconds: a server under load dates its answers late. */
const tolerance = 200;

export function createTenantClock(now: () => number = Date.now): TenantClock {
  // The tenant's clock is ahead of this one by at least and at most so many milliseconds.
  let [least, most] = [-Infinity, Infinity];
  return {
    note(headers, sentAt) {
      const date = Date.parse(headers.get("date") ?? "");
      if (Number.isNaN(date)) return;
      const [low, high] = [date - now(), date + 1000 - sentAt];
      // One of the clocks has been set anew.
      if (low > most + tolerance || high < least - tolerance) [least, most] = [-Infinity, Infinity];
      least = Math.max(least, low);
      most = Math.min(most, high);
    },
    until(second) {
      // Clocks mostly agree.
      const mayAgree = least - tolerance <= 0 && most + tolerance >= 0;
      const ahead = mayAgree ? 0 : (least + most) / 2;
      return Math.max(0, second * 1000 - ahead - now());
    },
  };
}
