import { IMAGE, ROOT, imageScript } from './command.ts';

/** Builds the image and loads it into the cluster, together with Redis. */
export default async function buildImage(): Promise<void> {
  if (!process.env['KUBECONFIG']) throw new Error('KUBECONFIG must name the cluster to test on');
  const image = `${IMAGE.repository}:${IMAGE.tag}`;
  await imageScript('base');
  await imageScript('build', image, ROOT);
  await imageScript('load', image, 'redis:7-bookworm');
}
