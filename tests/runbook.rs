//! Runbooks: what is read from them, and how broken ones are refused.

use gonogo::runbook::built_in;

#[test]
fn the_built_in_runbook_reads() {
    assert_eq!(built_in().stages.len(), 4);
}
