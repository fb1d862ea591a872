//! Lessons as data: texts, steps, goals as named conditions over the API, progress.
