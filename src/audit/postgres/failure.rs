//! What a database's failures mean to a person.

use std::{error::Error as _, time::Duration};

use tokio_postgres::{Error, error::SqlState};

use crate::fault::{Fault, FaultKind};

/// The fault for what the database at `place` answered, or did not.
pub(super) fn fault(place: &str, error: &Error) -> Fault {
    let log = format!("the audit log {place}");
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        let next =
            "name its certificate authority as `ca_file` of `audit` in a profile, and the host as it is certified";
        return Fault::new(FaultKind::Tls, format!("{log} has a certificate that is not accepted: {tls}"), next);
    }
    let Some(answer) = error.as_db_error() else {
        let why = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
        let next = "check that the database runs and that the address is right; what may wait is kept here meanwhile";
        return Fault::new(FaultKind::Unreachable, format!("{log} cannot be reached: {why}"), next);
    };
    let said = answer.message();
    match answer.code() {
        code if *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            let next = "give the password as GONOGO_AUDIT_PASSWORD or in the profile, and check the user";
            Fault::new(FaultKind::Unauthorized, format!("{log} does not let this user in: {said}"), next)
        }
        code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            let next = "let this user select from and insert into the table gonogo_audit, or make it";
            Fault::new(FaultKind::Forbidden, format!("{log} does not allow this: {said}"), next)
        }
        code if *code == SqlState::INVALID_CATALOG_NAME => Fault::new(
            FaultKind::NotFound,
            format!("{log} is not there: {said}"),
            "make the database, or correct its name",
        ),
        code if *code == SqlState::LOCK_NOT_AVAILABLE || *code == SqlState::QUERY_CANCELED => Fault::new(
            FaultKind::Timeout,
            format!("{log} did not answer in time: {said}"),
            "see what holds the database up",
        ),
        _ => Fault::new(FaultKind::Server, format!("{log} refused: {said}"), "see the database's own log"),
    }
}

/// No answer within the time allowed.
pub(super) fn late(place: &str, allowed: Duration) -> Fault {
    let what = format!("the audit log {place} did not answer within {} s", allowed.as_secs());
    Fault::new(FaultKind::Timeout, what, "check that the database runs and is not held up")
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        // An IO error hides what it was made from in here, not among its sources.
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| cause.source());
        Some(cause)
    })
}
