//! Go's text/template, as far as `-o go-template` is used: pipelines, variables, if, range, with, named templates, functions.
//!
//! Not here: methods. <https://pkg.go.dev/text/template>

mod functions;
mod lexer;
mod parser;

use serde_json::Value;

use functions::{call, show, truth};
use lexer::lex;
use parser::{Node, Operand, Parser, Pipe, text};

use crate::error::{Error, Outcome};

const MAX_DEPTH: usize = 64;
const MAX_OUTPUT: usize = 16 * 1024 * 1024;
/// The most work of one template, in values that are copied and nodes that are gone through: nested ranges multiply it.
const MOST_WORK: usize = 2_000_000;

/// Prints a value by a template.
///
/// # Errors
/// What is wrong with the template, or with what it does; that it does or prints more than is simulated here.
pub fn print(template: &str, value: &Value) -> Outcome<String> {
    let pieces = lex(template).map_err(|why| bad_template(template, &why))?;
    let mut parser = Parser { pieces: &pieces, at: 0, depth: 0, named: Vec::new() };
    let (nodes, end) = parser.nodes().map_err(|why| bad_template(template, &why))?;
    if let Some(word) = end {
        return Err(bad_template(template, &format!("unexpected {{{{{word}}}}}")));
    }
    let mut run = Run {
        root: value,
        named: &parser.named,
        depth: 0,
        node: (0, String::new()),
        variables: vec![("$".to_owned(), Some(value.clone()))],
        text: String::new(),
        left: MOST_WORK,
    };
    run.nodes(&nodes, &Some(value.clone())).map_err(|why| run.failed(template, &why))?;
    Ok(run.text)
}

impl Run<'_> {
    /// That a template could not be executed: on standard output with what it was given, as kubectl does, then as an error.
    fn failed(&self, template: &str, why: &str) -> Error {
        let (at, node) = &self.node;
        let before = &template[..template.floor_char_boundary(*at)];
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(*at, |end| at - end - 1);
        let why = format!("template: output:{line}:{column}: executing \"output\" at <{node}>: {why}");
        let printed = format!(
            "{}Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\
             \t\t{template}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
            self.text,
            crate::printers::json::compact(self.root),
            show(&Some(self.root.clone())),
        );
        Error::Printed(printed, format!("error executing template {template:?}: {why}"))
    }
}

fn bad_template(template: &str, why: &str) -> Error {
    Error::Plain(format!("error parsing template {template}, template: output:1: {why}"))
}

/// A value in a template; `None` is a missing one, which prints as `<no value>`.
type Datum = Option<Value>;

enum Flow {
    Next,
    Break,
    Continue,
}

struct Run<'a> {
    root: &'a Value,
    named: &'a [(String, Vec<Node>)],
    /// How many named templates are within each other.
    depth: usize,
    /// What is being evaluated: its place, and how it is written.
    node: (usize, String),
    variables: Vec<(String, Datum)>,
    text: String,
    /// How much work may still be done.
    left: usize,
}

/// Takes work off what may still be done.
fn work(left: &mut usize, amount: usize) -> Result<(), String> {
    *left = left.checked_sub(amount).ok_or("a template that does so much is not simulated here")?;
    Ok(())
}

/// A copy of a value, which is as much work as it has values in it.
fn copy(left: &mut usize, value: Option<&Value>) -> Result<Datum, String> {
    fn size(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(size).sum::<usize>() + 1,
            Value::Object(map) => map.values().map(size).sum::<usize>() + 1,
            Value::String(text) => text.len() / 64 + 1,
            _ => 1,
        }
    }
    work(left, value.map_or(1, size))?;
    Ok(value.cloned())
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Datum) -> Result<Flow, String> {
        let scope = self.variables.len();
        for node in nodes {
            work(&mut self.left, 1)?;
            if self.text.len() > MAX_OUTPUT {
                return Err(too_long());
            }
            let flow = match node {
                Node::Text(text) => {
                    self.text.push_str(text);
                    Flow::Next
                }
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.text.push_str(&show(&value));
                    }
                    Flow::Next
                }
                Node::If(condition, then, otherwise) => {
                    let scope = self.variables.len();
                    let truth = truth(&self.pipe(condition, dot)?);
                    let flow = self.nodes(if truth { then } else { otherwise }, dot)?;
                    self.variables.truncate(scope);
                    flow
                }
                Node::With(condition, then, otherwise) => {
                    let scope = self.variables.len();
                    let value = self.pipe(condition, dot)?;
                    let flow = if truth(&value) { self.nodes(then, &value)? } else { self.nodes(otherwise, dot)? };
                    self.variables.truncate(scope);
                    flow
                }
                Node::Range(pipe, body, otherwise) => self.range(pipe, body, otherwise, dot)?,
                Node::Template(name, given, place) => {
                    let shown = given.as_ref().map(|pipe| format!(" {}", pipe.text())).unwrap_or_default();
                    self.node = (*place, format!("{{{{template {name:?}{shown}}}}}"));
                    self.template(name, given.as_ref(), dot)?;
                    Flow::Next
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if !matches!(flow, Flow::Next) {
                self.variables.truncate(scope);
                return Ok(flow);
            }
        }
        self.variables.truncate(scope);
        Ok(Flow::Next)
    }

    fn template(&mut self, name: &str, given: Option<&Pipe>, dot: &Datum) -> Result<(), String> {
        let named = self.named;
        let Some((_, nodes)) = named.iter().find(|(known, _)| known == name) else {
            return Err(format!("template {name:?} not defined"));
        };
        let given = given.map(|pipe| self.pipe(pipe, dot)).transpose()?.flatten();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("exceeded maximum template depth (100000)".to_owned());
        }
        // A named template sees no variables but its own.
        let outer = std::mem::replace(&mut self.variables, vec![("$".to_owned(), given.clone())]);
        self.nodes(nodes, &given)?;
        self.variables = outer;
        self.depth -= 1;
        Ok(())
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Datum) -> Result<Flow, String> {
        let plain = Pipe { variables: Vec::new(), ..pipe.clone() };
        let items: Vec<(Value, Value)> = match self.pipe(&plain, dot)? {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.into_iter().enumerate().map(|(index, item)| (Value::from(index), item)).collect()
            }
            Some(Value::Object(map)) => map.into_iter().map(|(key, value)| (Value::String(key), value)).collect(),
            Some(other) => return Err(format!("range can't iterate over {}", show(&Some(other)))),
        };
        if items.is_empty() {
            return self.nodes(otherwise, dot);
        }
        let scope = self.variables.len();
        for (key, item) in items {
            work(&mut self.left, 1)?;
            let item = Some(item);
            match pipe.variables.as_slice() {
                [] => {}
                [value] => self.variables.push((value.clone(), item.clone())),
                [index, value, ..] => {
                    self.variables.push((index.clone(), Some(key)));
                    self.variables.push((value.clone(), item.clone()));
                }
            }
            let flow = self.nodes(body, &item)?;
            self.variables.truncate(scope);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Datum) -> Result<Datum, String> {
        let mut value = None;
        for (index, command) in pipe.commands.iter().enumerate() {
            value = self.command(command, dot, if index > 0 { Some(value) } else { None })?;
        }
        for name in &pipe.variables {
            if pipe.declares {
                self.variables.push((name.clone(), value.clone()));
            } else {
                match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                    Some((_, place)) => *place = value.clone(),
                    None => return Err(format!("undefined variable: {name}")),
                }
            }
        }
        Ok(value)
    }

    fn command(&mut self, command: &[(Operand, usize)], dot: &Datum, piped: Option<Datum>) -> Result<Datum, String> {
        let Some((first @ (operand, place), rest)) = command.split_first() else { return Ok(None) };
        let Operand::Function(name) = operand else {
            if !rest.is_empty() || piped.is_some() {
                return Err("can't give argument to non-function".to_owned());
            }
            return self.operand(first, dot);
        };
        let mut args = Vec::new();
        for operand in rest {
            // `and` and `or` stop at the first that decides.
            if let (Some(last), "and" | "or") = (args.last(), name.as_str())
                && truth(last) == (name == "or")
            {
                return Ok(args.pop().flatten());
            }
            args.push(self.operand(operand, dot)?);
        }
        args.extend(piped);
        self.node = (*place, text(command));
        self.call(name, args)
    }

    fn call(&mut self, name: &str, args: Vec<Datum>) -> Result<Datum, String> {
        let result = call(name, args)?;
        match &result {
            Some(Value::String(text)) if text.len() > MAX_OUTPUT => Err(too_long()),
            Some(Value::String(text)) => work(&mut self.left, text.len() / 64 + 1).map(|()| result),
            _ => Ok(result),
        }
    }

    fn operand(&mut self, operand: &(Operand, usize), dot: &Datum) -> Result<Datum, String> {
        self.node = (operand.1, text(std::slice::from_ref(operand)));
        match &operand.0 {
            Operand::Field(path) => copy(&mut self.left, walk(dot.as_ref(), path)?),
            Operand::Variable(name, path) => {
                work(&mut self.left, self.variables.len() / 16)?;
                match self.variables.iter().rev().find(|(known, _)| known == name) {
                    Some((_, value)) => copy(&mut self.left, walk(value.as_ref(), path)?),
                    None if name == "$" => copy(&mut self.left, walk(Some(self.root), path)?),
                    None => Err(format!("undefined variable: {name}")),
                }
            }
            Operand::Value(value) => copy(&mut self.left, Some(value)),
            Operand::Nil => Err("nil is not a command".to_owned()),
            Operand::Function(name) => self.call(name, Vec::new()),
            Operand::Pipe(pipe, path) => {
                let value = self.pipe(pipe, dot)?;
                copy(&mut self.left, walk(value.as_ref(), path)?)
            }
        }
    }
}

fn too_long() -> String {
    "the output is too long".to_owned()
}

fn walk<'v>(value: Option<&'v Value>, path: &[String]) -> Result<Option<&'v Value>, String> {
    let Some((name, rest)) = path.split_first() else { return Ok(value) };
    match value {
        None => Ok(None), // what is missing has nothing in it
        Some(Value::Null) => Err(format!("nil pointer evaluating interface {{}}.{name}")),
        Some(Value::Object(map)) => {
            let found = map.get(name);
            if rest.is_empty() { Ok(found) } else { walk(found, rest) }
        }
        Some(_) => Err(format!("can't evaluate field {name} in type interface {{}}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_print_what_go_prints() {
        let value = json!({"items": [{"name": "a", "n": 1, "on": true}, {"name": "b", "n": 22}], "map": {"k.x": "v"}});
        for (template, text) in [
            ("{{range .items}}{{.name}} {{end}}", "a b "),
            ("{{range $i, $e := .items}}{{$i}}={{$e.name}},{{end}}", "0=a,1=b,"),
            ("{{len .items}}", "2"),
            ("{{index .map \"k.x\"}}", "v"),
            ("{{(index .items 1).name}}", "b"),
            ("{{if .nope}}x{{else if .map}}y{{else}}z{{end}}", "y"),
            ("{{range .items}}{{if .on}}{{.name}}{{end}}{{end}}", "a"),
            ("{{.nope}}", "<no value>"),
            ("a {{- .items | len -}} b", "a2b"),
            ("{{printf \"%-4s|%3d\" \"x\" 7}}", "x   |  7"),
            ("{{range .nope}}x{{else}}none{{end}}", "none"),
            ("{{with .map}}{{index . \"k.x\"}}{{end}}", "v"),
            ("{{$x := 5}}{{if eq $x 5}}five{{end}}", "five"),
            ("{{if and .items (gt (len .items) 1)}}many{{end}}", "many"),
            ("{{.map}}", "map[k.x:v]"),
            ("{{/* no */}}{{\"q\" | println}}", "q\n"),
            ("{{range .items}}{{if eq .name \"b\"}}{{break}}{{end}}{{.name}}{{end}}", "a"),
            ("{{\"aGk=\" | base64decode}}", "hi"),
            ("{{range $k, $v := .map}}{{$k}}:{{$v}}{{end}}", "k.x:v"),
            ("{{define \"T\"}}<{{.}}>{{end}}{{range .items}}{{template \"T\" .name}}{{end}}", "<a><b>"),
            ("{{block \"B\" .items}}{{len .}}{{end}}", "2"),
            ("{{slice \"alpha\" 1 3}} {{printf \"%.3s\" \"alpha\" | printf \"%q\"}}", "lp \"alp\""),
            ("{{\"a='<b>'\" | js}} {{\"a b&c\" | urlquery}}", "a\\u003D\\'\\u003Cb\\u003E\\' a+b%26c"),
        ] {
            assert_eq!(print(template, &value).unwrap(), text, "{template}");
        }
    }

    #[test]
    fn what_goes_wrong_is_told_with_its_place() {
        let value = json!({"spec": {"containers": [{"name": "a"}]}, "metadata": {"name": "alpha"}});
        for (template, why) in [
            (
                "{{.spec.containers.name}}",
                "output:1:7: executing \"output\" at <.spec.containers.name>: can't evaluate field name in type interface {}",
            ),
            (
                "a\n {{index .spec.containers 7}}",
                "output:2:3: executing \"output\" at <index .spec.containers 7>: error calling index: index out of range: 7",
            ),
            (
                "{{range .metadata.name}}x{{end}}",
                "output:1:17: executing \"output\" at <.metadata.name>: range can't iterate over alpha",
            ),
        ] {
            let Err(Error::Printed(printed, said)) = print(template, &value) else { panic!("{template}") };
            assert_eq!(said, format!("error executing template {template:?}: template: {why}"));
            let first =
                format!("Error executing template: template: {why}. Printing more information for debugging the");
            assert!(printed.contains(&first), "{printed}");
            assert!(printed.ends_with("]]]\n\n") || printed.ends_with("]]\n\n"), "{printed}");
        }
    }

    #[test]
    fn what_multiplies_is_refused() {
        let list = json!({"items": [1, 2, 3]});
        for template in [
            "{{range $.items}}".repeat(60) + &"{{end}}".repeat(60),
            "{{range $.items}}".repeat(30) + "{{$}}" + &"{{end}}".repeat(30),
            "{{$x := \"0123456789\"}}".to_owned() + &"{{$x = print $x $x}}".repeat(40),
            "{{$x := \"0123456789\"}}".to_owned() + &"{{$x = print $x $x $x}}".repeat(12) + &"{{$x}}".repeat(40),
        ] {
            let error = print(&template, &list).map(|text| text.len()).unwrap_err().to_string();
            assert!(error.ends_with("not simulated here") || error.ends_with("too long"), "{template}: {error}");
        }
    }

    #[test]
    fn bad_templates_are_refused() {
        for template in
            ["{{", "{{range .x}}", "{{end}}", "{{nosuch}}", "{{.null.b}}", "{{.items.name}}", "{{(.x}}", "{{$y}}"]
        {
            assert!(print(template, &json!({"items": [], "null": null})).is_err(), "{template}");
        }
        assert_eq!(print("{{.a.b}}", &json!({})).unwrap(), "<no value>");
    }
}
