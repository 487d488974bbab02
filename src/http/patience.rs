//! When a server that has too much to do wants to be asked again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Response, StatusCode, header::RETRY_AFTER};

/// No server is waited for longer than it can mean: a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long to wait before this is asked again, where the answer says so: in seconds, or as a date, which is held against
/// the server's own clock.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    if !matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let header = |name| response.headers().get(name)?.to_str().ok();
    wait(header(RETRY_AFTER.as_str())?, header("date"))
}

fn wait(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    // Digits alone: a sign is none of the protocol's.
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        (instant(text)? - instant(date?)?).to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_how_long_in_two_ways() {
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        for (text, date, want) in [
            ("7", None, Some(7)),
            (" 0 ", date, Some(0)),
            ("Wed, 21 Oct 2015 07:29:30 GMT", date, Some(90)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", date, Some(0)),
            ("Wed, 21 Oct 2015 07:29:30 GMT", None, None),
            ("99999999999999999999999", None, Some(604_800)),
            ("-7", date, None),
            ("7.5", date, None),
            ("soon", date, None),
            ("", date, None),
        ] {
            assert_eq!(wait(text, date).map(|wait| wait.as_secs()), want, "{text:?}");
        }
    }
}
