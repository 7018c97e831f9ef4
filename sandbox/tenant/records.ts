// The records of one kind by their ids, in the order in which they came, and which of them have changed: so that a
// change costs what it is, however many records there are.

/** A value that is only to be read, at any depth. */
export type Unchanging<T> = T extends readonly (infer Item)[]
  ? readonly Unchanging<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Unchanging<T[Key]> }
    : T;

/** Is told of what happens to records, each time. */
export interface RecordsListener<T> {
  added(record: T): void;
  /** Before a change, at any depth. */
  changing(record: T): void;
  deleted(record: T): void;
}

export class Records<T extends object> {
  readonly #idOf: (record: T) => string;
  readonly #records: Map<string, T>;
  #all: readonly T[] | undefined;
  #changed = new Set<string>();
  #deleted = new Set<string>();
  #listener: RecordsListener<T> | undefined;
  /** What `get` has returned, so that the same record is always the same object. */
  readonly #observed = new WeakMap<T, T>();

  constructor(idOf: (record: T) => string, records: readonly T[] = []) {
    this.#idOf = idOf;
    this.#records = new Map(records.map((record) => [idOf(record), record]));
  }

  /** To search in. A record that is to be changed comes from `get`. */
  get all(): readonly Unchanging<T>[] {
    this.#all ??= [...this.#records.values()];
    return this.#all as readonly Unchanging<T>[];
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  /** Each change of the record is noticed, at any depth and at any later time. Its id must stay. */
  get(id: string): T | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    let observed = this.#observed.get(record);
    if (observed === undefined) {
      observed = observe(record, () => {
        this.#changed.add(id);
        if (this.#records.get(id) === record) this.#listener?.changing(record);
      });
      this.#observed.set(record, observed);
    }
    return observed;
  }

  /** Returns what `get` returns from now on. */
  add(record: T): T {
    const id = this.#idOf(record);
    this.#records.set(id, record);
    this.#changed.add(id);
    this.#all = undefined;
    this.#listener?.added(record);
    return this.get(id) ?? record;
  }

  delete(id: string): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#listener?.deleted(record);
    this.#deleted.add(id);
    this.#changed.delete(id); // If it comes back, it is the last.
    this.#all = undefined;
  }

  /** There is one listener. */
  listen(listener: RecordsListener<T>): void {
    this.#listener = listener;
  }

  /** What has changed since the last call, in this order: an id with its record, or with null if that is gone. */
  takeChanges(): [id: string, record: T | null][] {
    const deleted = [...this.#deleted].map((id): [string, null] => [id, null]);
    // One that was deleted may be there again, as the last.
    const changed = [...this.#changed].flatMap((id): [string, T][] => {
      const record = this.#records.get(id);
      return record === undefined ? [] : [[id, record]];
    });
    this.#changed = new Set();
    this.#deleted = new Set();
    return [...deleted, ...changed];
  }

  toJSON(): readonly Unchanging<T>[] {
    return this.all;
  }
}

/** What an observed object stands for: that is what is stored, however often it is read and stored again. */
const targets = new WeakMap<object, object>();

function observe<T extends object>(target: T, onChange: () => void): T {
  const inner = new WeakMap<object, object>();
  const observed = new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== "object" || value === null) return value;
      const known = inner.get(value) ?? observe(value, onChange);
      inner.set(value, known);
      return known;
    },
    set(object, key, value: unknown) {
      onChange();
      return Reflect.set(object, key, plain(value));
    },
    defineProperty(object, key, descriptor) {
      onChange();
      return Reflect.defineProperty(object, key, descriptor);
    },
    deleteProperty(object, key) {
      onChange();
      return Reflect.deleteProperty(object, key);
    },
  });
  targets.set(observed, target);
  return observed;
}

/** The value without anything observed in it: a list or an object can be new, and hold what is not. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const target = targets.get(value);
  if (target !== undefined) return target;
  for (const [key, inner] of Object.entries(value)) Reflect.set(value, key, plain(inner));
  return value;
}
