//! The server: what it announces, and which module answers which request.

use std::time::Duration;

#[expect(
    deprecated,
    reason = "clients of the older revisions still set a level"
)]
use rmcp::model::SetLevelRequestParams;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
        DiscoverResult, GetPromptRequestParams, GetPromptResponse, Implementation,
        ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
        PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
        ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};

use super::{
    call::{notes_of, run},
    completions,
    directory::Directory,
    error::{about_resource, protocol_error, tool_result},
    prompts::HistoryPrompt,
    resources::{self, RUNNING_TTL, millis},
    tools::HistoryTool,
};
use crate::service::HistoryService;

/// Name under which the server announces itself.
pub const SERVER_NAME: &str = "config-history";

/// How long a client may keep lists that change only with the program or its flags.
const LISTING_TTL: Duration = Duration::from_hours(1);

/// Answers MCP requests from a history. Cheap to clone: one for each connection.
#[derive(Debug, Clone)]
pub struct ConfigHistoryServer {
    service: HistoryService,
    directory: Directory,
}

impl ConfigHistoryServer {
    /// Returns a server over `service`. Reads nothing yet.
    pub fn new(service: HistoryService) -> Self {
        Self {
            service,
            directory: Directory::default(),
        }
    }

    fn tool(&self, name: &str) -> Option<HistoryTool> {
        HistoryTool::served(&self.service).find(|tool| tool.facts().name == name)
    }
}

impl ServerHandler for ConfigHistoryServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_prompts()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(
                Implementation::new(SERVER_NAME, env!("CARGO_PKG_VERSION"))
                    .with_title("AWS Config history"),
            )
            .with_instructions(INSTRUCTIONS.trim_end())
    }

    async fn discover(&self, _: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, self.get_info())
            .with_ttl_ms(millis(LISTING_TTL))
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = HistoryTool::served(&self.service).map(HistoryTool::definition);
        Ok(ListToolsResult::with_all_items(tools.collect())
            .with_ttl_ms(millis(LISTING_TTL))
            .with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tool(name).map(HistoryTool::definition)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        cx: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = self
            .tool(&request.name)
            .ok_or_else(|| ErrorData::invalid_params("tool not found", None))?;
        let name = tool.facts().name;
        // Names that are ours, not what a client made up.
        let mut given = tool.facts().argument_names();
        given.retain(|name| {
            let arguments = request.arguments.as_ref();
            arguments.is_some_and(|arguments| arguments.contains_key(name))
        });
        let outcome = run(name, &cx, |call| async move {
            tool.call(&self.service, request.arguments, &call).await
        });
        let notes = notes_of(&cx);
        let outcome = match outcome.await {
            Err(error) => Err(Box::pin(self.service.explained(error, name, &given)).await),
            Ok(answer) => {
                notes.took_of(&answer);
                Ok(answer)
            }
        };
        Ok(tool_result(outcome).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        cx: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let outcome = run("resources/list", &cx, |call| async move {
            Ok(resources::list(&self.service, &self.directory, &call).await)
        });
        let resources = outcome.await.map_err(|error| protocol_error(&error))?;
        Ok(ListResourcesResult::with_all_items(resources)
            .with_ttl_ms(millis(RUNNING_TTL))
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(
            ListResourceTemplatesResult::with_all_items(resources::templates())
                .with_ttl_ms(millis(LISTING_TTL))
                .with_cache_scope(CacheScope::Private),
        )
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        cx: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri.as_str();
        let outcome = run("resources/read", &cx, |call| async move {
            resources::read(&self.service, &self.directory, uri, &call).await
        });
        let result = outcome.await;
        Ok(result
            .map_err(|error| about_resource(protocol_error(&error), uri))?
            .into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(HistoryPrompt::list())
            .with_ttl_ms(millis(LISTING_TTL))
            .with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let rendered = HistoryPrompt::named(&request.name)
            .and_then(|prompt| prompt.render(request.arguments.as_ref()));
        Ok(rendered.map_err(|error| protocol_error(&error))?.into())
    }

    #[expect(
        deprecated,
        reason = "clients of the older revisions still set a level"
    )]
    async fn set_level(
        &self,
        _: SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // The log goes to standard error, at the level that the operator chose.
        Ok(())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        cx: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let outcome = run("completion/complete", &cx, |call| async move {
            completions::complete(&self.service, &self.directory, &request, &call).await
        });
        let completion = outcome.await.map_err(|error| protocol_error(&error))?;
        Ok(CompleteResult::new(completion))
    }
}

const INSTRUCTIONS: &str = include_str!("instructions.md");
