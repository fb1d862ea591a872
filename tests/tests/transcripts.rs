//! The golden transcripts.

use tests::check;

macro_rules! transcripts {
    ($($test:ident $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                check($name);
            }
        )*

        #[test]
        fn every_transcript_has_its_test() {
            let names = [$($name),*];
            for folder in ["reference", "own"] {
                let path = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts/").to_owned() + folder;
                for entry in std::fs::read_dir(path).unwrap() {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    if name.ends_with(".transcript") {
                        let name = format!("{folder}/{name}");
                        assert!(names.contains(&name.as_str()), "{name} has no test");
                    }
                }
            }
        }
    };
}

transcripts! {
    reference_01_tutorial_service "reference/01-tutorial-service.transcript";
    reference_02_tutorial_pvc "reference/02-tutorial-pvc.transcript";
    reference_03_get_output "reference/03-get-output.transcript";
    reference_04_apply "reference/04-apply.transcript";
    reference_05_errors "reference/05-errors.transcript";
    reference_06_immutable "reference/06-immutable.transcript";
    reference_07_imperative "reference/07-imperative.transcript";
    reference_08_failures "reference/08-failures.transcript";
    reference_09_storage "reference/09-storage.transcript";
    reference_10_services "reference/10-services.transcript";
    reference_11_batch "reference/11-batch.transcript";
    reference_12_discovery "reference/12-discovery.transcript";
    reference_13_config "reference/13-config.transcript";
    reference_14_policy "reference/14-policy.transcript";
    reference_15_server_side "reference/15-server-side.transcript";
    own_autoscaling "own/autoscaling.transcript";
    own_api_server "own/api-server.transcript";
    own_attach "own/attach.transcript";
    own_bad_images "own/bad-images.transcript";
    own_big_files "own/big-files.transcript";
    own_certificate "own/certificate.transcript";
    own_client_certificates "own/client-certificates.transcript";
    own_ssh "own/ssh.transcript";
    own_stored_only "own/stored-only.transcript";
    own_network_policy "own/network-policy.transcript";
    own_nginx_variables "own/nginx-variables.transcript";
    own_node_files "own/node-files.transcript";
    own_node_pressure "own/node-pressure.transcript";
    own_replication_controller "own/replication-controller.transcript";
    own_disk_pressure "own/disk-pressure.transcript";
    own_dns "own/dns.transcript";
    own_edit "own/edit.transcript";
    own_corefile "own/corefile.transcript";
    own_cp "own/cp.transcript";
    own_debug "own/debug.transcript";
    own_exec_and_logs "own/exec-and-logs.transcript";
    own_fields "own/fields.transcript";
    own_flags "own/flags.transcript";
    own_https "own/https.transcript";
    own_heredoc "own/heredoc.transcript";
    own_images "own/images.transcript";
    own_ingress "own/ingress.transcript";
    own_jobs "own/jobs.transcript";
    own_kubectl_in_a_pod "own/kubectl-in-a-pod.transcript";
    own_kustomize "own/kustomize.transcript";
    own_last_applied "own/last-applied.transcript";
    own_lifecycle "own/lifecycle.transcript";
    own_limits "own/limits.transcript";
    own_scheduling "own/scheduling.transcript";
    own_security "own/security.transcript";
    own_roles "own/roles.transcript";
    own_network_files "own/network-files.transcript";
    own_names_and_pid_1 "own/names-and-pid-1.transcript";
    own_memory "own/memory.transcript";
    own_minikube "own/minikube.transcript";
    own_metallb "own/metallb.transcript";
    own_metrics_server "own/metrics-server.transcript";
    own_mistakes "own/mistakes.transcript";
    own_network "own/network.transcript";
    own_pod_security "own/pod-security.transcript";
    own_nodes "own/nodes.transcript";
    own_pod_network "own/pod-network.transcript";
    own_port_forward "own/port-forward.transcript";
    own_probes "own/probes.transcript";
    own_set_and_config "own/set-and-config.transcript";
    own_prune_and_dump "own/prune-and-dump.transcript";
    own_reconcile "own/reconcile.transcript";
    own_revisions "own/revisions.transcript";
    own_resize "own/resize.transcript";
    own_pull_secrets "own/pull-secrets.transcript";
    own_services "own/services.transcript";
    own_tasks "own/tasks.transcript";
    own_tutorial_1_service "own/tutorial-1-service.transcript";
    own_tunnel "own/tunnel.transcript";
    own_tutorial_2_pvc "own/tutorial-2-pvc.transcript";
    own_volumes "own/volumes.transcript";
    own_two_pods_one_claim "own/two-pods-one-claim.transcript";
}
