// EventBridge's patterns, in the part of their language that is evaluated here (EventBridge docs, "Amazon EventBridge
// event patterns"): values, prefix, suffix, anything-but, exists and equals-ignore-case.
import { isObject } from "../json.ts";
import { fail } from "./aws-error.ts";

const operators = new Set(["prefix", "suffix", "anything-but", "exists", "equals-ignore-case"]);

/** @throws AwsError InvalidEventPatternException; NotEvaluated for an operator that EventBridge has and this has not */
export function checkPattern(text: string): void {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    pattern = undefined;
  }
  if (!isObject(pattern) || Object.keys(pattern).length === 0) invalid();
  check(pattern);
}

function check(pattern: Readonly<Record<string, unknown>>): void {
  for (const [name, wanted] of Object.entries(pattern)) {
    if (name === "$or") fail("NotEvaluated", "The sandbox does not evaluate $or in an event pattern", 501);
    if (isObject(wanted)) check(wanted);
    // Every leaf is a list of what it may be.
    else if (!Array.isArray(wanted) || wanted.length === 0) invalid();
    else for (const one of wanted as unknown[]) checkLeaf(one);
  }
}

function checkLeaf(wanted: unknown): void {
  if (!isObject(wanted)) return;
  const [operator, ...others] = Object.keys(wanted);
  if (operator === undefined || others.length > 0) invalid();
  if (!operators.has(operator))
    fail("NotEvaluated", `The sandbox does not evaluate ${operator} in an event pattern`, 501);
}

function invalid(): never {
  fail("InvalidEventPatternException", "Event pattern is not valid.");
}

/** Whether all of the pattern's names are in the event with a value that it may have. */
export function matchesPattern(text: string, event: Readonly<Record<string, unknown>>): boolean {
  return matches(JSON.parse(text) as Readonly<Record<string, unknown>>, event);
}

const matches = (pattern: Readonly<Record<string, unknown>>, event: unknown): boolean =>
  Object.entries(pattern).every(([name, wanted]) => {
    const value = isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;
    if (isObject(wanted)) return matches(wanted, value);
    // A list in the event is as good as one of its items.
    const actual = Array.isArray(value) ? (value as unknown[]) : [value];
    return (wanted as unknown[]).some((one) => actual.some((item) => isOne(one, item)));
  });

function isOne(wanted: unknown, actual: unknown): boolean {
  if (!isObject(wanted)) return wanted === actual;
  const [[operator, operand] = ["", undefined]] = Object.entries(wanted);
  if (operator === "exists") return (actual !== undefined) === operand;
  if (operator === "anything-but") return actual !== undefined && ![operand].flat().includes(actual);
  if (typeof actual !== "string" || typeof operand !== "string") return false;
  if (operator === "prefix") return actual.startsWith(operand);
  if (operator === "suffix") return actual.endsWith(operand);
  return actual.toLowerCase() === operand.toLowerCase();
}
