//! The Kubernetes wire: requests, responses, Status, names of kinds, quantities, selectors, times and the schema table.
