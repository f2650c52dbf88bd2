//! The relation as DataFusion sees it: a table that decodes only the columns a plan asks for.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    common::Result,
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableType},
    physical_plan::{
        ExecutionPlan,
        stream::RecordBatchStreamAdapter,
        streaming::{PartitionStream, StreamingTableExec},
    },
};

use super::{batch::relation_schema, scan::ScanPlan};
use crate::domain::Column;

/// The relation, as one question sees it.
#[derive(Debug)]
pub(super) struct ItemsTable {
    schema: SchemaRef,
    plan: Arc<ScanPlan>,
}

impl ItemsTable {
    pub(super) fn new(plan: Arc<ScanPlan>) -> Self {
        Self {
            schema: relation_schema(),
            plan,
        }
    }
}

#[async_trait]
impl TableProvider for ItemsTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (columns, schema) = match projection {
            Some(wanted) => (
                wanted
                    .iter()
                    .filter_map(|at| Column::ALL.get(*at).copied())
                    .collect(),
                Arc::new(self.schema.project(wanted)?),
            ),
            None => (Column::ALL.into(), self.schema.clone()),
        };
        let items = ItemStream {
            plan: self.plan.clone(),
            columns,
            schema: schema.clone(),
        };
        // One partition: files are decoded in parallel below it, and the order of the rows stays
        // that of the files, so the same question has the same bytes as its answer.
        let exec =
            StreamingTableExec::try_new(schema, vec![Arc::new(items)], None, [], false, limit)?;
        Ok(Arc::new(exec))
    }
}

#[derive(Debug)]
struct ItemStream {
    plan: Arc<ScanPlan>,
    columns: Arc<[Column]>,
    schema: SchemaRef,
}

impl PartitionStream for ItemStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let pool = task.memory_pool();
        let batches = self
            .plan
            .clone()
            .scan(self.columns.clone(), self.schema.clone(), pool);
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
}

/// Says whether an error is the memory pool's refusal.
pub(super) fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}
