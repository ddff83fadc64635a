// Steps: the world `cm:flow/steps`.
import { guard, missing } from './errors.js';

/** Where a task stands in the workflow. */
export const place = (step, { parent, label } = {}) => ({ step, parent, label });

/** A task's limits: one attempt, and the host's own time limit. */
export const policy = ({
  timeoutMs,
  idleMs,
  attempts = 1,
  backoffMs,
  retry = [],
  atLimit,
  class: place,
  options = [],
} = {}) => ({ timeoutMs, idleMs, attempts, backoffMs, retry, atLimit, class: place, options });

/** What an agent or a command may ask of the host: nothing that is not named. */
export const grants = ({ tools = [], directives = [], helpers = [], servers = [] } = {}) => ({
  tools,
  directives,
  helpers,
  servers,
});

/** A command for the shell. */
export const command = (
  line,
  { environment = [], workspace, granted = grants(), options = [] } = {},
) => ({
  line,
  environment,
  workspace,
  grants: granted,
  options,
});

/**
 * What a step component exports as `step`.
 *
 * Each value is `{ description, run(context, input) }`. What `run` throws becomes
 * an error of the contract; a name that is not there is `missing`.
 */
export const steps = (all) => ({
  describe: () =>
    Object.entries(all).map(([name, { description }]) => ({ name, description })),
  run: guard((context, name, input) => {
    if (!Object.hasOwn(all, name)) {
      throw missing('unknown-step', `there is no step \`${name}\``);
    }
    return all[name].run(context, input);
  }),
});
