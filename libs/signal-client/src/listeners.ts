/** Takes a listener off again. */
export type Unsubscribe = () => void;

/** A list of listeners of one event. One that throws does not keep the others from hearing it. */
export class Listeners<Args extends unknown[]> {
  private readonly listeners = new Set<(...args: Args) => void>();

  add(listener: (...args: Args) => void): Unsubscribe {
    // A wrapper of its own per call, so that adding one function twice and removing it once leaves one.
    const entry = (...args: Args): void => listener(...args);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  /** Calls all; returns the errors that listeners threw. */
  emit(...args: Args): Error[] {
    const errors: Error[] = [];
    for (const listener of this.listeners) {
      try {
        listener(...args);
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return errors;
  }
}
