// The contract's step guest in JavaScript; see ../README.md.
import { next } from 'cm:flow/run@0.1.0';
import { exhausted, invalid } from '../../../sdk/js/errors.js';
import { command, place, policy, steps } from '../../../sdk/js/step.js';

export const step = steps({
  count: {
    description: "Adds one to the shared state's value of this name.",
    run(context, key) {
      const before = context.read(key)?.value ?? '0';
      if (!/^[0-9]+$/.test(before)) {
        throw invalid('not-a-number', `the value of \`${key}\` is \`${before}\`, which is no number`);
      }
      const after = String(Number(before) + 1);
      context.write(key, after);
      return after;
    },
  },

  race: {
    description: 'Runs a command and a timer; says which was over first.',
    run(context, line) {
      const work = context.command(place('command'), command(line), policy());
      const timer = context.sleep(place('timer'), 60_000);
      const first = next([work, timer]);
      if (first !== 0) {
        work.cancel();
        throw exhausted('timeout', 'the timer was first');
      }
      timer.cancel();
      const { code, text } = work.wait();
      return `${first} ${code ?? 'none'} ${text}`;
    },
  },

  crash: {
    description: 'Fails in a way that the step did not foresee.',
    run() {
      throw new Error('the step crashed');
    },
  },
});
