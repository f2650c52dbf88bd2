//! The workgroup, read before anything runs: what it does not allow is told before it costs.

use aws_sdk_athena::types::{ResultConfiguration, WorkGroupConfiguration, WorkGroupState};

use super::client::Statements;
use crate::{
    aws::{describe, retry_read},
    store::{StoreError, StoreErrorKind},
};

/// What a workgroup says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Workgroup {
    pub(super) name: String,
    /// Where results go, unless a statement says otherwise.
    pub(super) output: Option<String>,
    /// Whether its settings beat those of a statement.
    pub(super) enforces: bool,
    /// Whether Athena keeps the results itself.
    pub(super) manages_results: bool,
    /// Bytes after which it cuts a statement off.
    pub(super) cutoff_bytes: Option<u64>,
}

impl Workgroup {
    /// Reads a workgroup, and refuses one that cannot run a statement.
    pub(super) async fn read(statements: &Statements, name: &str) -> Result<Self, StoreError> {
        let client = statements.client();
        let call = || client.get_work_group().work_group(name).send();
        let read = retry_read(statements.clients(), call);
        let read = read.await.map_err(|error| {
            let error = describe(&format!("read the Athena workgroup {name}"), &error);
            if error.code() == Some("InvalidRequestException") {
                StoreError::new(StoreErrorKind::Workgroup, error.to_string())
            } else {
                error.into()
            }
        })?;
        let refused = |why: &str| {
            let message = format!("the Athena workgroup {name} {why}");
            StoreError::new(StoreErrorKind::Workgroup, message)
        };
        let Some(group) = read.work_group else {
            return Err(refused("is not there"));
        };
        if group.state() == Some(&WorkGroupState::Disabled) {
            return Err(refused("is disabled"));
        }
        let configuration = group.configuration();
        let output = configuration
            .and_then(WorkGroupConfiguration::result_configuration)
            .and_then(ResultConfiguration::output_location);
        Ok(Self {
            name: name.to_owned(),
            output: output.filter(|at| !at.is_empty()).map(str::to_owned),
            enforces: configuration
                .and_then(WorkGroupConfiguration::enforce_work_group_configuration)
                .unwrap_or(false),
            manages_results: configuration
                .and_then(|of| of.managed_query_results_configuration())
                .is_some_and(aws_sdk_athena::types::ManagedQueryResultsConfiguration::enabled),
            cutoff_bytes: configuration
                .and_then(WorkGroupConfiguration::bytes_scanned_cutoff_per_query)
                .and_then(|bytes| bytes.try_into().ok()),
        })
    }

    /// Returns the output location to send with a statement, given the operator's own.
    pub(super) fn output_to_send(
        &self,
        operators: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        match operators {
            Some(_) if self.manages_results || self.enforces => {
                tracing::warn!(
                    workgroup = %self.name,
                    "the workgroup decides where results go: --output is not used"
                );
                Ok(None)
            }
            Some(location) => Ok(Some(location.to_owned())),
            None if self.manages_results || self.output.is_some() => Ok(None),
            None => Err(StoreError::new(
                StoreErrorKind::Workgroup,
                format!(
                    "the Athena workgroup {} has no output location, and --output names none",
                    self.name
                ),
            )),
        }
    }

    /// Returns where the results lie, for the evidence.
    pub(super) fn shown_output(&self, sent: Option<&str>) -> Option<String> {
        if self.manages_results {
            return None;
        }
        sent.map(str::to_owned).or_else(|| self.output.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workgroup_decides_where_it_says_so() {
        let of = |output: Option<&str>, enforces, manages_results| Workgroup {
            name: "w".to_owned(),
            output: output.map(str::to_owned),
            enforces,
            manages_results,
            cutoff_bytes: None,
        };
        let mine = Some("s3://mine/");
        let send = |group: &Workgroup, operators| group.output_to_send(operators).ok();
        let plain = of(None, false, false);
        assert_eq!(send(&plain, mine), Some(Some("s3://mine/".to_owned())));
        assert_eq!(send(&plain, None), None);
        let theirs = of(Some("s3://theirs/"), false, false);
        assert_eq!(send(&theirs, None), Some(None));
        assert_eq!(
            send(&of(Some("s3://theirs/"), true, false), mine),
            Some(None)
        );
        assert_eq!(send(&of(None, false, true), mine), Some(None));
        assert_eq!(send(&of(None, false, true), None), Some(None));
    }
}
