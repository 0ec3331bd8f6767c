const QUIET_MS = 2000;
const TERMINAL_TICK_MS = 250;
const LOG_TICK_MS = 5000;

/** Tells on standard error, after two seconds and from then on, what is going on and for how long. */
export function startProgress(what) {
  const started = performance.now();
  const steps = new Map();
  const terminal = process.stderr.isTTY === true;
  let shown = false;
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const text = () => {
    const doing = [...steps].map(([part, step]) => `${part}: ${step}`).join(', ');
    return `${what} (${seconds()} s)${doing === '' ? '' : ` – ${doing}`}`;
  };
  const tick = setInterval(
    () => {
      if (performance.now() - started < QUIET_MS) return;
      shown = true;
      process.stderr.write(terminal ? `\r\u001B[2K${text()}` : `${text()}\n`);
    },
    terminal ? TERMINAL_TICK_MS : LOG_TICK_MS,
  );
  tick.unref();
  return {
    /** What one of the parts that run side by side is doing; `done` takes it off the line. */
    step: (part, doing) => {
      if (doing === 'done') steps.delete(part);
      else steps.set(part, doing);
    },
    end: (message) => {
      clearInterval(tick);
      if (terminal && shown) process.stderr.write('\r\u001B[2K');
      if (message !== undefined) process.stderr.write(`${message} (${seconds()} s)\n`);
    },
  };
}
