// Whom a kick means. A nick is borne by one person after the other: what else is
// known of somebody tells them apart, as xmpp.Target does.

/** What is known of the occupant of a row. */
export function personOf(row) {
  const { nick, jid = "", occupantId = "", since = "", affiliation = "" } = row.dataset;
  return { nick, jid, occupantId, since, affiliation };
}

/**
 * Whether two who bear the same nick can be the same person. The best evidence
 * that both sides have decides: an account before an occupant id, since ejabberd
 * gives others after a restart.
 */
export function canBeSame(before, after) {
  if (before.jid && after.jid) return account(before.jid) === account(after.jid);
  if (before.occupantId && after.occupantId) return before.occupantId === after.occupantId;
  // Who was there before muckick has no time; who has one has joined since.
  if (after.since) return before.since === after.since;
  return true;
}

/** Whether somebody of another nick is surely the same person. */
export function isSurelySame(before, after) {
  if (!canBeSame(before, after)) return false;
  if (before.occupantId && before.occupantId === after.occupantId) return true;
  return before.jid.includes("/") && before.jid === after.jid;
}

const account = (jid) => jid.split("/")[0];
