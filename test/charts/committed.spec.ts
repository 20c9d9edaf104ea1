import { describe, expect, it } from 'vitest';

import { type Manifest, type PodSpec, RENDERS, manifestsOf } from './renders.ts';

interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** The pods that an object makes: its template's. */
function podTemplates(manifests: readonly Manifest[]): readonly [name: string, pod: PodTemplate][] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const { template } = spec ?? {};
    return template
      ? [[`${kind} ${metadata.name}`, { labels: template.metadata.labels, spec: template.spec }]]
      : [];
  });
}

function isWithin(part: Readonly<Record<string, string>>, whole: Readonly<Record<string, string>>): boolean {
  return Object.entries(part).every(([key, value]) => whole[key] === value);
}

describe.each(RENDERS)('the committed render $name', (render) => {
  const manifests = manifestsOf(render);
  const pods = podTemplates(manifests);

  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    'has a valid %s',
    async (_, manifest) => {
      const models = await import(/* @vite-ignore */ `kubernetes-models/${manifest.apiVersion}`);
      const Model = models[manifest.kind];
      expect(() => {
        new Model(manifest).validate();
      }).not.toThrow();
    },
  );

  it('has nothing that reaches beyond a namespace', () => {
    expect(manifests.filter(({ kind }) => /^Cluster|^Namespace$/.test(kind))).toEqual([]);
    expect(manifests.filter(({ metadata }) => !metadata.namespace)).toEqual([]);
  });

  it.each(pods)('runs the pods of %s restricted, with limits and a probe', (_, { spec }) => {
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: expect.any(Number),
      runAsGroup: expect.any(Number),
      fsGroup: expect.any(Number),
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources.limits).toHaveProperty('memory');
      expect(container.resources.requests).toHaveProperty('cpu');
      expect(container.readinessProbe).toBeDefined();
      expect(container.image).toMatch(/^[^:]+:(?!latest$).+$/);
    }
  });

  it.each(pods)('lets %s reach the Kubernetes API only where drills are decided', (_, { labels, spec }) => {
    const isService = ['api', 'worker'].includes(labels['app.kubernetes.io/component'] ?? '');
    expect(spec.automountServiceAccountToken).toBe(isService);
    expect(spec.serviceAccountName !== undefined).toBe(isService);
  });

  it.each(pods)('keeps drills from the pods of %s unless they are the target', (_, { labels }) => {
    const isTarget = labels['app.kubernetes.io/component'] === 'target';
    expect(labels['pooler.dev/drills']).toBe(isTarget ? undefined : 'never');
  });

  it('has selectors that find the pods they are meant for', () => {
    for (const { kind, metadata, spec } of manifests) {
      const selector = kind === 'Service' ? spec.selector : spec?.selector?.matchLabels;
      if (!selector) continue;
      const found = pods.filter(([, { labels }]) => isWithin(selector, labels));
      expect(found, `${kind} ${metadata.name}`).toHaveLength(1);
      const names = found.flatMap(([, pod]) =>
        pod.spec.containers.flatMap(({ ports }) => ports.map(({ name }) => name)),
      );
      for (const { targetPort } of spec.ports ?? []) expect(names).toContain(targetPort);
    }
  });
});

const READ = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['get', 'list', 'watch'] },
];
const EVICT = { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] };
const DELETE = { apiGroups: [''], resources: ['pods'], verbs: ['delete'] };
const TELL = { apiGroups: [''], resources: ['events'], verbs: ['create'] };

/** Everything that may be done through the Kubernetes API, by whom and where. */
const RIGHTS: Readonly<Record<string, Readonly<Record<string, object[]>>>> = {
  default: { 'pooler/pooler-api': READ, 'pooler/pooler-worker': [...READ, EVICT, TELL] },
  'external-redis': {
    'billing/pooler-api': READ,
    'billing/pooler-worker': [...READ, EVICT, DELETE, TELL],
    'shop/pooler-api': READ,
    'shop/pooler-worker': [...READ, EVICT, DELETE, TELL],
  },
  'target-only': {},
  'k8s/base': { 'pooler/pooler-api': READ, 'pooler/pooler-worker': [...READ, EVICT, TELL] },
};

describe.each(RENDERS)('the rights in $name', (render) => {
  const manifests = manifestsOf(render);
  const fullName = ({ metadata: { namespace, name } }: Manifest): string => `${namespace}/${name}`;

  it('are those of the table and no others', () => {
    const roles = manifests.filter(({ kind }) => kind === 'Role');
    const rights = Object.fromEntries(roles.map((role) => [fullName(role), role.rules]));
    expect(rights).toEqual(RIGHTS[render.name]);
  });

  it('belong each to the one account of its name', () => {
    const bindings = manifests.filter(({ kind }) => kind === 'RoleBinding');
    expect(bindings.map(fullName).toSorted()).toEqual(Object.keys(RIGHTS[render.name] ?? {}).toSorted());
    for (const { metadata, roleRef, subjects } of bindings) {
      expect(roleRef).toMatchObject({ kind: 'Role', name: metadata.name });
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: metadata.name, namespace: 'pooler' }]);
    }
  });
});
