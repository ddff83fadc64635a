// Steps: the world `cm:flow/steps`.
import { guard, missing } from './errors.js';

/** Where a task stands in the workflow. */
export const place = (step, { parent, label } = {}) => ({ step, parent, label });

/** A task's limits: one attempt, and the host's own time limit. */
export const policy = ({ timeoutMs, attempts = 1, options = [] } = {}) => ({
  timeoutMs,
  attempts,
  options,
});

/** A command for the shell. */
export const command = (line, { environment = [], options = [] } = {}) => ({
  line,
  environment,
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
