//! The verbs, one a file.

pub mod api_resources;
pub mod apply;
pub mod config;
pub mod cordon;
pub mod create;
pub mod delete;
pub mod describe;
pub mod edit;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod get;
pub mod help;
pub mod label;
pub mod logs;
pub mod patch;
pub mod replace;
pub mod rollout;
pub mod run;
pub mod scale;
pub mod set_image;
pub mod version;
pub mod wait;
