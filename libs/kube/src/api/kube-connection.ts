import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { parse } from 'yaml';

import { type JsonObject, itemsOf, objectOf, textOf } from '../json-object.ts';
import { KubeError } from '../kube-error.ts';

/** How to reach an API server and as whom. */
export interface KubeConnection {
  /** `https://host:port`, with or without a path. */
  readonly server: URL;
  /** Certificates (PEM) that the server's must descend from; the system's when undefined. */
  readonly ca: string | undefined;
  readonly credentials: KubeCredentials;
}

export type KubeCredentials =
  | { readonly kind: 'token'; readonly token: string }
  /** Read before every request, because the kubelet replaces a projected token before it expires. */
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly kind: 'none' };

/** Where the kubelet puts a pod's service account (Kubernetes docs, "Accessing the Kubernetes API from a Pod"). */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What of a kubeconfig user needs another program or another protocol. */
const UNSUPPORTED_USER_FIELDS = ['exec', 'auth-provider', 'username', 'as'];

/**
 * Finds the API server as kubectl does: the file that `KUBECONFIG` names, else the service account of the pod that we
 * run in. Undefined when there is neither.
 *
 * Throws a `KubeError` when what it finds cannot be read or asks for a way to sign in that is not supported; supported
 * are tokens, token files and client certificates.
 */
export async function findKubeConnection(
  env: Readonly<Record<string, string | undefined>>,
  serviceAccount = SERVICE_ACCOUNT,
): Promise<KubeConnection | undefined> {
  if (env['KUBECONFIG']) return connectionOfFile(env['KUBECONFIG']);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host) return undefined;
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca: await readText(resolve(serviceAccount, 'ca.crt')),
    credentials: { kind: 'token-file', path: resolve(serviceAccount, 'token') },
  };
}

async function connectionOfFile(path: string): Promise<KubeConnection> {
  const file = new KubeconfigFile(path, parseYaml(path, await readText(path)));
  const context = file.entry('contexts', 'context', textOf(file.content['current-context']));
  const cluster = file.entry('clusters', 'cluster', textOf(context['cluster']));
  const user = file.entry('users', 'user', textOf(context['user']));
  const server = textOf(cluster['server']);
  if (!URL.canParse(server))
    throw file.refused(`the cluster's server is ${JSON.stringify(server)}, not a URL`);
  if (cluster['insecure-skip-tls-verify'] === true) {
    throw file.refused('insecure-skip-tls-verify is not supported; give the certificate authority');
  }
  return {
    server: new URL(server),
    ca: await file.pem(cluster, 'certificate-authority'),
    credentials: await credentialsOf(file, user),
  };
}

async function credentialsOf(file: KubeconfigFile, user: JsonObject): Promise<KubeCredentials> {
  const unsupported = UNSUPPORTED_USER_FIELDS.find((field) => user[field] !== undefined);
  if (unsupported)
    throw file.refused(`the user's "${unsupported}" is not supported; use a token or a certificate`);
  if (textOf(user['tokenFile'])) return { kind: 'token-file', path: file.resolve(textOf(user['tokenFile'])) };
  if (textOf(user['token'])) return { kind: 'token', token: textOf(user['token']) };
  const cert = await file.pem(user, 'client-certificate');
  const key = await file.pem(user, 'client-key');
  return cert !== undefined && key !== undefined ? { kind: 'certificate', cert, key } : { kind: 'none' };
}

/** A kubeconfig (Kubernetes docs, "kubeconfig v1"), with its name for messages and for relative paths. */
class KubeconfigFile {
  readonly #path: string;
  readonly content: JsonObject;

  constructor(path: string, content: JsonObject) {
    this.#path = path;
    this.content = content;
  }

  /** The entry called `name` of a list such as `users: [{name, user: {...}}]`. */
  entry(list: string, key: string, name: string): JsonObject {
    const found = itemsOf(this.content[list])
      .map(objectOf)
      .find((item) => item['name'] === name);
    if (!found) throw this.refused(`it has no ${key} named ${JSON.stringify(name)}`);
    return objectOf(found[key]);
  }

  /** The PEM text that stands in `<field>-data` in base64 or in the file that `field` names. */
  async pem(entry: JsonObject, field: string): Promise<string | undefined> {
    const data = textOf(entry[`${field}-data`]);
    if (data) return Buffer.from(data, 'base64').toString('utf8');
    const path = textOf(entry[field]);
    return path ? readText(this.resolve(path)) : undefined;
  }

  resolve(path: string): string {
    return resolve(dirname(this.#path), path);
  }

  refused(why: string): KubeError {
    return new KubeError(`the kubeconfig ${this.#path} cannot be used: ${why}`, { reason: 'BadConfig' });
  }
}

function parseYaml(path: string, text: string): JsonObject {
  try {
    return objectOf(parse(text));
  } catch (cause) {
    throw new KubeError(`the kubeconfig ${path} is not YAML`, { reason: 'BadConfig', cause });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KubeError(`cannot read ${path}`, { reason: 'BadConfig', cause });
  }
}
