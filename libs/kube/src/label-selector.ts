import { type JsonObject, itemsOf, labelsOf, objectOf, textOf } from './json-object.ts';

type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** A selector of the API (meta/v1 LabelSelector): what it lists must all hold. An empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Requirement[];
}

/** Undefined for an absent selector, which selects nothing. */
export function labelSelectorOf(json: unknown): LabelSelector | undefined {
  if (json === undefined || json === null) return undefined;
  const selector = objectOf(json);
  return {
    matchLabels: labelsOf(selector['matchLabels']),
    matchExpressions: itemsOf(selector['matchExpressions']).map((item) => requirementOf(objectOf(item))),
  };
}

/** Whether `selector` selects an object with these labels. An operator that we do not know selects nothing. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every((requirement) => meets(labels[requirement.key], requirement))
  );
}

/** `a=b,c=d`, as the API takes it in a query. */
export function selectorText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function requirementOf(json: JsonObject): Requirement {
  return {
    key: textOf(json['key']),
    operator: textOf(json['operator']),
    values: itemsOf(json['values']).map(textOf),
  };
}

function meets(value: string | undefined, { operator, values }: Requirement): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
