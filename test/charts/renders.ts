import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { parseAllDocuments } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
export const CHART = join(root, 'charts/pooler');

/** The cluster that a render is for, so that the installed helm's own default does not matter. */
const KUBE_VERSION = '1.35.0';

/** A committed render of the chart and the values it is made of. */
export interface Render {
  readonly name: string;
  readonly file: string;
  readonly helmArguments: readonly string[];
}

/** What of a Kubernetes object these tests look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels };
  readonly rules?: readonly Rule[];
  readonly subjects?: readonly unknown[];
  readonly roleRef?: unknown;
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels } & Labels;
    readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
    readonly ports?: readonly { readonly targetPort: string }[];
  };
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext: object;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly securityContext: object;
    readonly resources: { readonly limits: Labels; readonly requests: Labels };
    readonly readinessProbe?: object;
    readonly ports: readonly { readonly name: string }[];
  }[];
}

type Labels = Readonly<Record<string, string>>;

const example = (name: string): Render => ({
  name,
  file: join(CHART, 'examples', name, 'rendered.yaml'),
  helmArguments: ['--values', join(CHART, 'examples', name, 'values.yaml')],
});

/** `k8s/base` is for `kubectl apply`, which would run helm's test hooks as if they were part of it. */
const BASE: Render = {
  name: 'k8s/base',
  file: join(root, 'k8s/base/rendered.yaml'),
  helmArguments: ['--values', join(root, 'k8s/base/values.yaml'), '--skip-tests'],
};

export const RENDERS: readonly Render[] = [
  example('default'),
  example('external-redis'),
  example('target-only'),
  BASE,
];

/** The objects of a committed render. */
export function manifestsOf({ file }: Render): readonly Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document): Manifest => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS();
  });
}

/** A render of the chart as it is now; rejects with helm's message. */
export async function helmTemplate(helmArguments: readonly string[]): Promise<string> {
  const fixed = ['template', 'pooler', CHART, '--namespace', 'pooler', '--kube-version', KUBE_VERSION];
  const { stdout } = await promisify(execFile)('helm', [...fixed, ...helmArguments]);
  return stdout;
}

/** Whether there is a helm on the PATH. */
export async function hasHelm(): Promise<boolean> {
  try {
    await promisify(execFile)('helm', ['version']);
    return true;
  } catch {
    return false;
  }
}
