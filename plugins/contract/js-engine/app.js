// The contract's engine guest in JavaScript; see ../README.md.
import { count, emit, engine, notice, object, option, spawn, string } from '../../../sdk/js/engine.js';
import { failure } from '../../../sdk/js/errors.js';

class Turn {
  constructor(request) {
    this.request = request;
    this.ended = undefined;
    this.stopped = false;
  }

  next({ tag, val }) {
    switch (tag) {
      case 'begin':
        return [
          spawn({
            program: 'sh',
            arguments: ['-c', 'cat; exit "$0"', option(this.request.options, 'exit') ?? '0'],
            stdin: this.request.prompt,
          }),
        ];
      case 'line':
        return this.line(val);
      case 'cancelled':
        this.stopped = true;
        return [];
      case 'exited':
        return [emit('finish', this.finish(val))];
      default:
        return [];
    }
  }

  line(line) {
    const said = object(line);
    switch (said?.type) {
      case 'session':
        return [emit('session', string(said.id))];
      case 'text':
        return [emit('text', string(said.text))];
      case 'call':
        return [
          emit('call', {
            id: string(said.id),
            name: string(said.name),
            arguments: JSON.stringify(said.arguments ?? {}),
            options: [],
          }),
        ];
      case 'usage':
        return [
          emit('usage', {
            input: count(said.input),
            cached: 0,
            output: count(said.output),
            reasoning: 0,
            costUsd: typeof said.cost === 'number' ? said.cost : undefined,
            options: [],
          }),
        ];
      case 'end':
        this.ended = said;
        return [];
      default:
        return line === '' ? [] : [notice(line)];
    }
  }

  finish(code) {
    const end = { text: string(this.ended?.text), reason: 'end', options: [] };
    if (this.stopped) {
      return { ...end, ok: false, reason: 'cancelled', failure: failure('cancelled', 'the turn was stopped') };
    }
    if (code !== 0) {
      const how = code === undefined || code === null ? 'a signal' : `exit code ${code}`;
      return { ...end, ok: false, reason: 'exit', failure: failure('exit', `the program ended with ${how}`) };
    }
    if (this.ended === undefined) {
      return { ...end, ok: false, reason: 'cut', failure: failure('cut', 'the program ended before its last line') };
    }
    return { ...end, ok: true, failure: undefined };
  }
}

export const adapter = engine({
  info: {
    id: 'echo-js',
    name: 'Echo (JavaScript)',
    programs: [{ name: 'sh', install: 'part of every system' }],
    models: ['echo'],
    features: ['usage'],
  },
  diagnose: () => ({ installed: true }),
  Turn,
});
