//! YAML manifests to JSON as Kubernetes reads them, with errors in kubectl's words and positions for the editor.
