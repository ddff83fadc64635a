// Engines: the world `cm:engine/engine`.
import { asError, guard } from './errors.js';

/** Events of a turn, ready to be returned by `next`. */
export const emit = (tag, val) => ({ tag: 'emit', val: { tag, val } });

/** A line that is not of the engine's protocol. */
export const notice = (text) =>
  emit('other', { kind: 'notice', body: JSON.stringify({ text }) });

/** Starts the turn's program, whose output comes as `line` inputs. */
export const spawn = (command) => ({
  tag: 'spawn',
  val: {
    arguments: [],
    environment: [],
    stdin: undefined,
    interactive: false,
    framing: 'lines',
    files: [],
    collect: [],
    options: [],
    ...command,
  },
});

/** One of the named values of a record, or nothing. */
export const option = (options, name) => options.find(([key]) => key === name)?.[1];

/** The JSON object in a line, or nothing. */
export function object(line) {
  try {
    const value = JSON.parse(line);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The value if it is a string, else an empty one. What a program printed may be
 * anything, and a value of the wrong type in an action ends the component: it is
 * only found after `next` has returned, where nothing can catch it.
 */
export const string = (value) => (typeof value === 'string' ? value : '');

/**
 * The value if it is a whole number and not negative, else 0. QuickJS hands over
 * no more than 2^31 - 1 in a `u32`, so what is larger becomes that.
 */
export const count = (value) =>
  Number.isInteger(value) && value >= 0 ? Math.min(value, 0x7fffffff) : 0;

/** What `describe` gives when nothing else is said. */
const defaults = {
  programs: [],
  models: [],
  features: [],
  probes: [],
  tested: [],
  environment: [],
  options: [],
};

/**
 * What an engine component exports as `adapter`.
 *
 * `Turn` is a class with `constructor(request)` and `next(input)`, which returns
 * a list of actions. What it throws becomes an error of the contract.
 */
export function engine({ info, diagnose, Turn }) {
  return {
    describe: () => ({ ...defaults, ...info }),
    diagnose: (findings) => ({
      version: undefined,
      signedIn: undefined,
      remedy: undefined,
      options: [],
      ...diagnose(findings),
    }),
    Turn: class {
      constructor(request) {
        // A constructor of the contract cannot fail, so the failure waits for
        // the first input.
        try {
          this.turn = new Turn(request);
        } catch (thrown) {
          this.failure = asError(thrown);
        }
      }

      next(input) {
        if (this.failure) throw this.failure;
        return guard(this.turn.next).call(this.turn, input);
      }
    },
  };
}
