//! Functions of numbers.

use super::eval::Stop;
use super::json::Json;
use super::values::number;

/// A function of numbers; `None` for a function of another kind.
pub(super) fn function(name: &str, input: &Json, values: &[Json]) -> Result<Option<Json>, Stop> {
    let first = values.first().unwrap_or(&Json::Null);
    let math = |of: fn(f64) -> f64| number(input).map(|number| Json::Number(of(number)));
    Ok(Some(match name {
        "floor" => math(f64::floor)?,
        "ceil" => math(f64::ceil)?,
        "round" => math(f64::round)?,
        "trunc" => math(f64::trunc)?,
        "sqrt" => math(f64::sqrt)?,
        "fabs" | "abs" => math(f64::abs)?,
        "log" => math(f64::ln)?,
        "log2" => math(f64::log2)?,
        "log10" => math(f64::log10)?,
        "exp" => math(f64::exp)?,
        "exp2" => math(f64::exp2)?,
        "exp10" => math(|number| 10f64.powf(number))?,
        "pow" => Json::Number(number(first)?.powf(number(&values[1])?)),
        "infinite" => Json::Number(f64::INFINITY),
        "nan" => Json::Number(f64::NAN),
        "isinfinite" => Json::Bool(number(input)?.is_infinite()),
        "isnan" => Json::Bool(number(input)?.is_nan()),
        "isnormal" => Json::Bool(number(input)?.is_normal()),
        _ => return Ok(None),
    }))
}
