/** An object as the API server stores it. */
interface Stored {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown[];
    managedFields?: { manager: string; subresource?: string }[];
  };
  spec?: Record<string, unknown>;
  status?: unknown;
  [field: string]: unknown;
}

const applied = "kubectl.kubernetes.io/last-applied-configuration";

/** Who changed an object: kubectl's verbs, the status apart. */
const managers = ({ metadata }: Stored) => (metadata.managedFields ?? []).filter((it) => it.subresource !== "status" && it.manager.startsWith("kubectl")).map((it) => it.manager);

/** Whether a person made it, rather than a controller or an addon. */
function isOwn(object: Stored): boolean {
  const { namespace = "", deletionTimestamp, labels, ownerReferences } = object.metadata;
  if (deletionTimestamp || ownerReferences?.length || namespace.startsWith("kube-")) return false;
  // Addons, and the roles that every cluster has.
  if (labels?.["addonmanager.kubernetes.io/mode"] || labels?.["kubernetes.io/bootstrapping"]) return false;
  return object.kind !== "Event" && managers(object).length > 0;
}

type Fields = Record<string, unknown>;

const isList = (value: unknown): value is Fields[] => Array.isArray(value);

/** Annotations that the cluster writes. */
const ours = /^(kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)|deployment\.kubernetes\.io\/|pv\.kubernetes\.io\/|volume\.(beta\.)?kubernetes\.io\/|autoscaling\.alpha\.)/;

/** Takes out of a Pod's spec what its admission put in: the token's volume, the node, tolerations that all have. */
function cleanPod(spec: Fields): void {
  const token = /^kube-api-access-/;
  for (const name of ["nodeName", "serviceAccount", "preemptionPolicy", "priority"]) delete spec[name];
  if (isList(spec.volumes)) spec.volumes = spec.volumes.filter(({ name }) => !token.test(String(name)));
  if (isList(spec.tolerations)) spec.tolerations = spec.tolerations.filter(({ key }) => !/^node\.kubernetes\.io\/(not-ready|unreachable)$/.test(String(key)));
  for (const list of ["containers", "initContainers"]) {
    for (const container of isList(spec[list]) ? (spec[list] as Fields[]) : []) {
      if (isList(container.volumeMounts)) container.volumeMounts = container.volumeMounts.filter(({ name }) => !token.test(String(name)));
    }
  }
}

/** What another cluster makes for itself. */
const cleaners: Record<string, (spec: Fields) => void> = {
  Pod: cleanPod,
  Service: (spec) => {
    if (spec.clusterIP !== "None") for (const name of ["clusterIP", "clusterIPs"]) delete spec[name];
    for (const name of ["ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"]) delete spec[name];
  },
  PersistentVolumeClaim: (spec) => delete spec.volumeName,
  PersistentVolume: (spec) => {
    const claim = spec.claimRef as Fields | undefined;
    if (claim) spec.claimRef = { namespace: claim.namespace, name: claim.name };
  },
  Namespace: (spec) => delete spec.finalizers,
  Job: (spec) => {
    if (spec.manualSelector !== true) delete spec.selector;
    const labels = ((spec.template as Fields | undefined)?.metadata as Fields | undefined)?.labels as Fields | undefined;
    for (const name of Object.keys(labels ?? {})) if (/(^|\/)(controller-uid|job-name)$/.test(name)) delete labels?.[name];
  },
};

/** Nothing, or an object that has something. */
const filled = (fields: Fields) => (Object.keys(fields).length ? fields : undefined);

function empty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function cleaned(object: Stored): Fields {
  // What was applied, and changed by nothing else since, is best as it was written.
  const { annotations = {}, name, namespace, labels } = object.metadata;
  if (annotations[applied] && managers(object).every((it) => it === "kubectl-client-side-apply")) {
    const written = JSON.parse(annotations[applied]) as Stored;
    if (empty(written.metadata.annotations)) delete written.metadata.annotations;
    return written;
  }
  const { status: _, metadata: __, spec, secrets: ___, ...rest } = object;
  const clean: Fields = { ...rest, metadata: { name } };
  const kept = Object.fromEntries(Object.entries(annotations).filter(([name]) => !ours.test(name)));
  Object.assign(clean.metadata as Fields, JSON.parse(JSON.stringify({ namespace, labels: filled(labels ?? {}), annotations: filled(kept) })));
  if (spec) {
    cleaners[object.kind]?.(spec);
    // What is empty may mean something: a NetworkPolicy's `podSelector: {}` is all Pods.
    clean.spec = spec;
  }
  return clean;
}

/** What has to be there before something else. */
const order = ["Namespace", "CustomResourceDefinition", "StorageClass", "PriorityClass", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim", "Service"];
const rank = ({ kind }: Stored) => (order.includes(kind) ? order.indexOf(kind) : order.length);

/** The objects of a cluster that a person made, as another cluster takes them; JSON to JSON. */
export function manifestsOf(json: string): string {
  const seen = new Set<unknown>();
  const objects = (JSON.parse(json) as Stored[]).filter((object) => isOwn(object) && !seen.has(object.metadata.uid) && seen.add(object.metadata.uid));
  return JSON.stringify(objects.sort((one, other) => rank(one) - rank(other)).map(cleaned));
}
