//! Creating and reading many objects must stay cheap.

use api::Request;

use super::{World, pod};

#[test]
fn a_thousand_pods_fit_into_one_list_and_a_clone_shares_them() {
    let mut world = World::new();
    for index in 0..1000 {
        world.create("v1", "Pod", pod(&format!("p{index}"))).unwrap();
    }
    let copy = world.server.clone();
    let one = world.get("/api/v1/namespaces/default/pods/p500").unwrap();
    let kept = copy.store().get(&crate::ObjectKey::new("pods", "default", "p500")).unwrap();
    assert!(std::rc::Rc::ptr_eq(kept, &one), "a read and a clone share the stored object");
    let page = world.ask(&Request::get("/api/v1/pods").with_query("limit", "10")).unwrap();
    assert_eq!(page["metadata"]["remainingItemCount"], 990);
}
