//! ingress-nginx' manifests: those that its documentation names by URL, and that of minikube's addon.
//!
//! The objects and their names are the real ones'; the roles say less than theirs.
//! <https://kubernetes.github.io/ingress-nginx/deploy/>

const PLACE: &str = "https://raw.githubusercontent.com/kubernetes/ingress-nginx/";
/// The versions of minikube's addon: the controller's, and that of what its Jobs run.
const OF_ADDON: [&str; 2] = ["v1.13.2", "v1.6.2"];

/// How requests reach the controller.
#[derive(Clone, Copy, PartialEq)]
enum Provider {
    /// At ports 80 and 443 of the node.
    Addon,
    /// By a Service of type LoadBalancer.
    Cloud,
    /// By a Service of type NodePort.
    BareMetal,
}

/// The manifest at a URL; `None` when it is none of ingress-nginx'.
pub(super) fn at(url: &str) -> Option<String> {
    let (version, file) = url.strip_prefix(PLACE)?.split_once("/deploy/static/provider/")?;
    let provider = match file {
        "cloud/deploy.yaml" => Provider::Cloud,
        "baremetal/deploy.yaml" => Provider::BareMetal,
        _ => return None,
    };
    let version = match version {
        "main" => OF_ADDON[0],
        named => named.strip_prefix("controller-").filter(|version| version.starts_with("v1."))?,
    };
    Some(manifest(provider, version))
}

/// What `minikube addons enable ingress` makes.
pub(super) fn addon() -> String {
    manifest(Provider::Addon, OF_ADDON[0])
}

/// The images of minikube's addon, as it names them: one for the controller, one for each Job.
pub(super) fn images() -> [String; 3] {
    let certgen = format!("registry.k8s.io/ingress-nginx/kube-webhook-certgen:{}", OF_ADDON[1]);
    [format!("registry.k8s.io/ingress-nginx/controller:{}", OF_ADDON[0]), certgen.clone(), certgen]
}

/// Labels of a component's objects.
fn labels(component: &str) -> String {
    let of = if component.is_empty() { String::new() } else { format!("app.kubernetes.io/component: {component}, ") };
    format!("{{{of}app.kubernetes.io/instance: ingress-nginx, app.kubernetes.io/name: ingress-nginx}}")
}

fn manifest(provider: Provider, version: &str) -> String {
    let mut text =
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: ingress-nginx, labels: {}}}\n", labels(""));
    // The controller's account, and that of its Jobs.
    let accounts = [("ingress-nginx", "controller"), ("ingress-nginx-admission", "admission-webhook")];
    for (name, component) in accounts {
        let labels = labels(component);
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: ingress-nginx, labels: {labels}}}\n"
        ));
    }
    let rules = [
        "{apiGroups: [\"\"], resources: [configmaps, pods, secrets, endpoints, services, namespaces], verbs: [get, list, watch]}, \
         {apiGroups: [networking.k8s.io], resources: [ingresses, ingressclasses], verbs: [get, list, watch]}, {apiGroups: \
         [networking.k8s.io], resources: [ingresses/status], verbs: [update]}, {apiGroups: [coordination.k8s.io], resources: [leases], \
         verbs: [get, create, update]}, {apiGroups: [\"\"], resources: [events], verbs: [create, patch]}, {apiGroups: \
         [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch, get]}",
        "{apiGroups: [\"\"], resources: [secrets], verbs: [get, create]}",
    ];
    for (kind, place) in [("Role", ", namespace: ingress-nginx"), ("ClusterRole", "")] {
        for ((name, component), rules) in accounts.iter().zip(rules) {
            let (labels, webhooks) = (
                labels(component),
                "{apiGroups: [admissionregistration.k8s.io], resources: \
                 [validatingwebhookconfigurations], verbs: [get, update]}",
            );
            let rules = if kind == "ClusterRole" && *component == "admission-webhook" { webhooks } else { rules };
            text.push_str(&format!(
                "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}{place}, labels: {labels}}}\nrules: \
                 [{rules}]\n"
            ));
        }
    }
    for (kind, role, place) in
        [("RoleBinding", "Role", ", namespace: ingress-nginx"), ("ClusterRoleBinding", "ClusterRole", "")]
    {
        for (name, component) in accounts {
            let labels = labels(component);
            text.push_str(&format!(
                "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}{place}, labels: \
                 {labels}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role}, name: {name}}}\nsubjects: [{{kind: \
                 ServiceAccount, name: {name}, namespace: ingress-nginx}}]\n"
            ));
        }
    }
    let of_controller = labels("controller");
    let maps: &[&str] = match provider {
        Provider::Addon => &["ingress-nginx-controller", "tcp-services", "udp-services"],
        _ => &["ingress-nginx-controller"],
    };
    for name in maps {
        let data = if provider == Provider::Addon && *name == "ingress-nginx-controller" {
            "data: {hsts: \"false\"}\n"
        } else {
            ""
        };
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: ingress-nginx, labels: {of_controller}}}\n{data}"
        ));
    }
    let kind = if provider == Provider::Cloud { "LoadBalancer, externalTrafficPolicy: Local" } else { "NodePort" };
    for (name, kind, ports) in [
        (
            "ingress-nginx-controller",
            kind,
            "{name: http, port: 80, protocol: TCP, targetPort: http, appProtocol: http}, {name: https, port: 443, protocol: TCP, \
             targetPort: https, appProtocol: https}",
        ),
        (
            "ingress-nginx-controller-admission",
            "ClusterIP",
            "{name: https-webhook, port: 443, targetPort: webhook, appProtocol: https}",
        ),
    ] {
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: ingress-nginx, labels: {of_controller}}}\nspec: \
             {{type: {kind}, selector: {of_controller}, ports: [{ports}]}}\n"
        ));
    }
    text.push_str(&controller(provider, version, &of_controller));
    let certgen = if provider == Provider::Addon { OF_ADDON[1] } else { "v1.6.3" };
    for (name, args) in [
        (
            "create",
            "\"--host=ingress-nginx-controller-admission,ingress-nginx-controller-admission.$(POD_NAMESPACE).svc\", \
             --namespace=$(POD_NAMESPACE), --secret-name=ingress-nginx-admission",
        ),
        (
            "patch",
            "--webhook-name=ingress-nginx-admission, --namespace=$(POD_NAMESPACE), --patch-mutating=false, \
             --secret-name=ingress-nginx-admission, --patch-failure-policy=Fail",
        ),
    ] {
        let labels = labels("admission-webhook");
        text.push_str(&format!(
            "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: ingress-nginx-admission-{name}, namespace: ingress-nginx, labels: \
             {labels}}}\nspec:\n  template:\n    metadata: {{name: ingress-nginx-admission-{name}, labels: {labels}}}\n    spec:\n      \
             restartPolicy: OnFailure\n      serviceAccountName: ingress-nginx-admission\n      securityContext: {{runAsNonRoot: true, \
             runAsUser: 2000}}\n      containers:\n      - name: {name}\n        image: \
             registry.k8s.io/ingress-nginx/kube-webhook-certgen:{certgen}\n        imagePullPolicy: IfNotPresent\n        args: [{name}, \
             {args}]\n        env: [{{name: POD_NAMESPACE, valueFrom: {{fieldRef: {{fieldPath: metadata.namespace}}}}}}]\n"
        ));
    }
    let default = match provider {
        Provider::Addon => ", annotations: {ingressclass.kubernetes.io/is-default-class: \"true\"}",
        _ => "",
    };
    text + &format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: nginx{default}, labels: {of_controller}}}\nspec: \
         {{controller: k8s.io/ingress-nginx}}\n---\napiVersion: admissionregistration.k8s.io/v1\nkind: \
         ValidatingWebhookConfiguration\nmetadata: {{name: ingress-nginx-admission, labels: {}}}\nwebhooks:\n- name: \
         validate.nginx.ingress.kubernetes.io\n  admissionReviewVersions: [v1]\n  clientConfig: {{service: {{name: \
         ingress-nginx-controller-admission, namespace: ingress-nginx, path: /networking/v1/ingresses}}}}\n  failurePolicy: Fail\n  \
         matchPolicy: Equivalent\n  rules: [{{apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: \
         [ingresses]}}]\n  sideEffects: None\n",
        labels("admission-webhook"),
    )
}

fn controller(provider: Provider, version: &str, labels: &str) -> String {
    let (args, ports, selector) = match provider {
        Provider::Addon => (
            "--watch-ingress-without-class=true, --tcp-services-configmap=$(POD_NAMESPACE)/tcp-services, \
             --udp-services-configmap=$(POD_NAMESPACE)/udp-services",
            [", hostPort: 80", ", hostPort: 443"],
            "minikube.k8s.io/primary: \"true\", ",
        ),
        _ => ("--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller, --ingress-class=nginx", ["", ""], ""),
    };
    let probe = "{httpGet: {path: /healthz, port: 10254}, initialDelaySeconds: 10";
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: ingress-nginx-controller, namespace: ingress-nginx, labels: \
         {labels}}}\nspec:\n  selector: {{matchLabels: {labels}}}\n  strategy: {{type: RollingUpdate, rollingUpdate: {{maxUnavailable: \
         1}}}}\n  template:\n    metadata: {{labels: {labels}}}\n    spec:\n      serviceAccountName: ingress-nginx\n      nodeSelector: \
         {{{selector}kubernetes.io/os: linux}}\n      terminationGracePeriodSeconds: {}\n      containers:\n      - name: controller\n        \
         image: registry.k8s.io/ingress-nginx/controller:{version}\n        imagePullPolicy: IfNotPresent\n        args: \
         [/nginx-ingress-controller, --election-id=ingress-nginx-leader, --controller-class=k8s.io/ingress-nginx, \
         --configmap=$(POD_NAMESPACE)/ingress-nginx-controller, {args}, \"--validating-webhook=:8443\", \
         --validating-webhook-certificate=/usr/local/certificates/cert, --validating-webhook-key=/usr/local/certificates/key]\n        \
         env: [{{name: POD_NAME, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}, {{name: POD_NAMESPACE, valueFrom: {{fieldRef: \
         {{fieldPath: metadata.namespace}}}}}}, {{name: LD_PRELOAD, value: /usr/local/lib/libmimalloc.so}}]\n        lifecycle: {{preStop: \
         {{exec: {{command: [/wait-shutdown]}}}}}}\n        livenessProbe: {probe}, failureThreshold: 5}}\n        readinessProbe: \
         {probe}}}\n        ports: [{{name: http, containerPort: 80{}}}, {{name: https, containerPort: 443{}}}, {{name: webhook, \
         containerPort: 8443}}]\n        resources: {{requests: {{cpu: 100m, memory: 90Mi}}}}\n        securityContext: {{runAsUser: 101, \
         allowPrivilegeEscalation: true, capabilities: {{add: [NET_BIND_SERVICE], drop: [ALL]}}}}\n        volumeMounts: [{{name: \
         webhook-cert, mountPath: /usr/local/certificates/, readOnly: true}}]\n      volumes: [{{name: webhook-cert, secret: {{secretName: \
         ingress-nginx-admission}}}}]\n",
        if provider == Provider::Addon { 0 } else { 300 },
        ports[0],
        ports[1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_are_yaml() {
        let of = |path: &str| at(&format!("{PLACE}{path}")).expect(path);
        for (text, count) in [
            (addon(), 21),
            (of("main/deploy/static/provider/cloud/deploy.yaml"), 19),
            (of("controller-v1.12.0/deploy/static/provider/baremetal/deploy.yaml"), 19),
        ] {
            let parsed = manifest::parse(&text);
            assert!(
                parsed.error.is_none() && parsed.documents.len() == count,
                "{:?} {}",
                parsed.error,
                parsed.documents.len()
            );
        }
        assert_eq!(at(&format!("{PLACE}main/deploy/static/provider/aws/deploy.yaml")), None);
    }
}
