//! Calls of functions.

use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast::FunctionDefinition;

use super::resume::{Frame, is_suspended};
use super::{DEPTH_LIMIT, Flow, Run, Shell};
use crate::Fd;

impl Shell {
    /// Calls a function.
    pub(crate) fn call<'a>(
        &'a mut self,
        name: &'a str,
        function: Rc<FunctionDefinition>,
        arguments: Vec<String>,
    ) -> Run<'a> {
        Box::pin(async move {
            if let Some(Frame::Call { positional, loops, fds }) = self.path.pop() {
                return self.run_function(function, positional, loops, fds).await;
            }
            if self.state.depth >= DEPTH_LIMIT {
                self.complain(&format!("{name}: maximum function nesting level exceeded ({DEPTH_LIMIT})")).await;
                return Err(Flow::Abort(1));
            }
            let positional = std::mem::replace(&mut self.state.positional, arguments);
            let loops = std::mem::take(&mut self.state.loops);
            self.state.depth += 1;
            self.state.scopes.push(Default::default());
            self.state.calls.push(name.to_owned());
            let hidden = self.hide_events();
            self.state.hidden_traps.push(hidden);
            let redirects = function.body.1.as_ref().map(|list| list.0.clone()).unwrap_or_default();
            match self.redirect(&redirects).await {
                Ok(Some(fds)) => return self.run_function(function, positional, loops, fds).await,
                Ok(None) => self.end_function(Ok(1), positional, loops),
                Err(flow) => self.end_function(Err(flow), positional, loops),
            }
        })
    }

    /// Runs a function's body; `positional`, `loops` and `fds` are the caller's.
    async fn run_function(
        &mut self,
        function: Rc<FunctionDefinition>,
        positional: Vec<String>,
        loops: u32,
        fds: BTreeMap<u32, Fd>,
    ) -> Result<i32, Flow> {
        let result = self.run_compound(&function.body.0).await;
        if is_suspended(&result) {
            return self.at(result, Frame::Call { positional, loops, fds });
        }
        self.process.fds = fds;
        let mut result = result;
        if self.state.traps.contains_key("RETURN") {
            result = match (self.on_event("RETURN").await, result) {
                (Err(flow), Ok(_)) => Err(flow),
                (_, result) => result,
            };
        }
        self.end_function(result, positional, loops)
    }

    fn end_function(&mut self, result: Result<i32, Flow>, positional: Vec<String>, loops: u32) -> Result<i32, Flow> {
        self.state.calls.pop();
        self.state.traps.extend(self.state.hidden_traps.pop().unwrap_or_default());
        self.state.leave_scope();
        self.state.depth = self.state.depth.saturating_sub(1);
        self.state.loops = loops;
        self.state.positional = positional;
        match result {
            Err(Flow::Return(status)) => Ok(status),
            other => other,
        }
    }
}
