// The contract's errors (`cm:types/base`), as JavaScript throws them.

/** Why something did not work, for a person and for the host's retry rules. */
export const failure = (code, message, { retry = false, retryAfterMs, details } = {}) => ({
  code,
  message,
  retry,
  retryAfterMs,
  details,
});

const kind = (tag) => (code, message, more) => ({ tag, val: failure(code, message, more) });

/** The request itself is wrong. Throw it: `throw invalid('no-text', '…')`. */
export const invalid = kind('invalid');
/** Not permitted. */
export const denied = kind('denied');
/** Something named does not exist. */
export const missing = kind('missing');
/** It should work and does not at the moment. */
export const unavailable = kind('unavailable');
/** A limit was reached. */
export const exhausted = kind('exhausted');
/** Anything else. */
export const other = kind('other');
/** Somebody stopped it. */
export const cancelled = () => ({ tag: 'cancelled' });

const tags = ['invalid', 'denied', 'missing', 'unavailable', 'exhausted', 'cancelled', 'other'];

/**
 * What was thrown, as an error of the contract. Anything else than one would end
 * the whole component without a word, so it becomes `other` with its stack.
 */
export function asError(thrown) {
  // An error that an import threw may come wrapped.
  const inner = thrown?.payload ?? thrown;
  if (tags.includes(inner?.tag)) return inner;
  const details = thrown?.stack === undefined ? undefined : String(thrown.stack);
  return other('exception', String(thrown), { details });
}

/** The same function, which throws nothing but errors of the contract. */
export const guard = (call) =>
  function (...args) {
    try {
      return call.apply(this, args);
    } catch (thrown) {
      throw asError(thrown);
    }
  };
