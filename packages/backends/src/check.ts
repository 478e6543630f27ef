import { examine, howToGet } from './examine.js';
import { nodeHost, versionOf } from './node.js';
import { platform, type Platform } from './platform.js';
import { PACKAGES, probe } from './probe.js';
import { BACKENDS, type BackendName, type Finding, type Tried } from './types.js';

/** A backend, as `lowbit doctor` shows it. */
export interface BackendCheck extends Tried {
  /** The version of its package, where it is installed. */
  readonly version?: string;
  /** How to get it, where it does not work. */
  readonly get?: string;
}

export interface Check {
  /** In the order in which `auto` tries them. */
  readonly backends: readonly BackendCheck[];
  /** What `auto` takes here. */
  readonly auto: BackendName;
  readonly platform: Platform;
}

/**
 * Tries every backend and says how to get those that do not work. In Node each is tried in a process of its own, in a browser
 * none is loaded; either way this process keeps the backend that it has. Never rejects because a backend fails.
 */
export async function checkBackends(): Promise<Check> {
  const host = nodeHost();
  const findings = await Promise.all(BACKENDS.map((name) => (host ? probe(name) : examine(name))));
  const backends = BACKENDS.map((name, i) =>
    describe(name, findings[i]!, host && versionOf(host, PACKAGES[name].package)),
  );
  const auto = backends.find(({ ok, software }) => ok && !software)?.name ?? 'cpu';
  return { backends, auto, platform: platform() };
}

function describe(name: BackendName, finding: Finding, version: string | undefined): BackendCheck {
  return { name, ...finding, version, ...(!finding.ok && { get: howToGet(name) }) };
}
