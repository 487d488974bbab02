//! The one table, and everything that is asked of it. A line of the log is a row; its text is the line as a file has it.

use tokio_postgres::{Client, Error, types::Type};

/// The channel on which new entries are told; the payload is the log's name.
pub(super) const CHANNEL: &str = "gonogo_audit";

/// Two who make it at once would trip over each other in the catalogue: one after the other.
const MAKE: &str = "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('gonogo_audit', 0)); \
    CREATE TABLE IF NOT EXISTS gonogo_audit (\
        rollout text NOT NULL, environment text NOT NULL, seq bigint NOT NULL, line text NOT NULL, \
        PRIMARY KEY (rollout, environment, seq)); COMMIT";

/// The rows of one rollout in one environment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    pub(super) rollout: String,
    pub(super) environment: String,
}

impl Rows {
    /// What it is called in locks and notifications. No rollout and no environment has a slash in its name.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.rollout, self.environment)
    }

    pub(super) async fn make(client: &Client) -> Result<(), Error> {
        client.batch_execute(MAKE).await
    }

    /// Begins a transaction, and waits for those before it. The lock goes with the transaction.
    pub(super) async fn lock(&self, client: &Client) -> Result<(), Error> {
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let name = format!("gonogo_audit/{}", self.name());
        client
            .query_typed("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[(&name, Type::TEXT)])
            .await
            .map(drop)
    }

    /// The last line.
    pub(super) async fn last(&self, client: &Client) -> Result<Option<String>, Error> {
        const LAST: &str =
            "SELECT line FROM gonogo_audit WHERE rollout = $1 AND environment = $2 ORDER BY seq DESC LIMIT 1";
        let row = client.query_typed_opt(LAST, &[(&self.rollout, Type::TEXT), (&self.environment, Type::TEXT)]).await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// The line of one entry.
    pub(super) async fn line(&self, client: &Client, seq: i64) -> Result<Option<String>, Error> {
        const LINE: &str = "SELECT line FROM gonogo_audit WHERE rollout = $1 AND environment = $2 AND seq = $3";
        let row = client
            .query_typed_opt(LINE, &[(&self.rollout, Type::TEXT), (&self.environment, Type::TEXT), (&seq, Type::INT8)])
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// The lines from one entry on, and how many there are in all.
    pub(super) async fn from(&self, client: &Client, seq: i64) -> Result<(i64, Vec<String>), Error> {
        // One statement, so that both are of one moment.
        const FROM: &str = "WITH log AS (SELECT seq, line FROM gonogo_audit WHERE rollout = $1 AND environment = $2) \
            SELECT NULL::bigint AS seq, count(*) AS count, '' AS line FROM log \
            UNION ALL SELECT seq, 0, line FROM log WHERE seq >= $3 ORDER BY seq NULLS FIRST";
        let rows = client
            .query_typed(FROM, &[(&self.rollout, Type::TEXT), (&self.environment, Type::TEXT), (&seq, Type::INT8)])
            .await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get(1))?;
        let lines = rows.iter().skip(1).map(|row| row.try_get(2)).collect::<Result<_, _>>()?;
        Ok((count, lines))
    }

    /// Adds lines, the first as entry `seq`, and tells whoever listens once they are there.
    pub(super) async fn put(&self, client: &Client, seq: i64, lines: &[String]) -> Result<(), Error> {
        const PUT: &str = "WITH put AS (INSERT INTO gonogo_audit (rollout, environment, seq, line) \
                SELECT $1, $2, $3 - 1 + n, line FROM unnest($4::text[]) WITH ORDINALITY AS new(line, n)) \
            SELECT pg_notify($5, $6)";
        client
            .query_typed(
                PUT,
                &[
                    (&self.rollout, Type::TEXT),
                    (&self.environment, Type::TEXT),
                    (&seq, Type::INT8),
                    (&lines, Type::TEXT_ARRAY),
                    (&CHANNEL, Type::TEXT),
                    (&self.name(), Type::TEXT),
                ],
            )
            .await
            .map(drop)
    }
}
