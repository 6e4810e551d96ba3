//! Running a network through tract.

use std::path::PathBuf;
use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::DimLike as _;

use super::{InputSpec, Model, ModelError};

/// A network with fixed shapes, ready to run.
pub struct Network {
    plan: Arc<TypedRunnableModel>,
    input: InputSpec,
    /// Elements of each output.
    outputs: Vec<Vec<usize>>,
    file: PathBuf,
    manifest_file: PathBuf,
}

impl Network {
    /// Parses and optimises the network (20–100 ms).
    ///
    /// # Errors
    /// [`ModelError::Broken`] or, where the input differs from the manifest, [`ModelError::Shape`].
    pub fn load(model: &Model) -> Result<Self, ModelError> {
        let input = model.manifest.input;
        let graph = onnx()
            .model_for_read(&mut model.network.as_ref())
            .map_err(|error| broken(model, "cannot be read as ONNX", &error))?;
        let declared = graph.input_fact(0).map_err(|error| broken(model, "has no input", &error))?;
        let declared: Option<Vec<usize>> =
            declared.shape.concretize().and_then(|dims| dims.iter().map(|dim| dim.to_usize().ok()).collect());
        if let Some(found) = declared.filter(|found| found[..] != input.shape()) {
            return Err(shape_error(model, "input".into(), &input.shape(), &found));
        }
        let plan = graph
            .with_input_fact(0, f32::fact(input.shape()).into())
            .and_then(InferenceModelExt::into_optimized)
            .and_then(IntoRunnable::into_runnable)
            .map_err(|error| broken(model, "cannot be prepared to run", &error))?;
        let outputs = (0..plan.model().outputs.len())
            .map(|index| {
                let fact = plan.model().output_fact(index)?;
                Ok(fact.shape.as_concrete().map(<[usize]>::to_vec).unwrap_or_default())
            })
            .collect::<TractResult<Vec<_>>>()
            .map_err(|error| broken(model, "has outputs of unknown shape", &error))?;
        Ok(Self {
            plan,
            input,
            outputs,
            file: model.network_file.clone(),
            manifest_file: model.manifest_file.clone(),
        })
    }

    /// Makes sure that an output has as many numbers as the manifest implies.
    ///
    /// # Errors
    /// [`ModelError::Shape`] with both.
    pub fn expect_output(&self, index: usize, expected: usize) -> Result<(), ModelError> {
        let found = self.outputs.get(index);
        if found.is_some_and(|shape| shape.iter().product::<usize>() == expected) {
            return Ok(());
        }
        Err(ModelError::Shape {
            file: self.file.clone(),
            manifest: self.manifest_file.clone(),
            tensor: format!("output {index}"),
            expected: format!("{expected} numbers"),
            found: found.map_or_else(|| "not there".into(), |shape| format!("{shape:?}")),
        })
    }

    /// How pictures become its input.
    #[must_use]
    pub fn input(&self) -> &InputSpec {
        &self.input
    }

    /// Runs the network on one input tensor, in the manifest's layout; gives its outputs, flat.
    ///
    /// # Errors
    /// [`ModelError::Broken`] when tract cannot run it.
    pub fn run(&self, input: &[f32]) -> Result<Vec<Vec<f32>>, ModelError> {
        self.run_tract(input).map_err(|error| ModelError::Broken {
            file: self.file.clone(),
            what: "cannot be run",
            reason: in_one_line(&error),
        })
    }

    fn run_tract(&self, input: &[f32]) -> TractResult<Vec<Vec<f32>>> {
        let tensor = Tensor::from_shape(&self.input.shape(), input)?;
        let outputs = self.plan.run(tvec!(tensor.into()))?;
        outputs
            .iter()
            .map(|output| {
                Ok(output.cast_to::<f32>()?.to_plain_array_view::<f32>()?.iter().copied().collect())
            })
            .collect()
    }
}

fn broken(model: &Model, what: &'static str, error: &TractError) -> ModelError {
    ModelError::Broken { file: model.network_file.clone(), what, reason: in_one_line(error) }
}

fn in_one_line(error: &TractError) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shape_error(model: &Model, tensor: String, expected: &[usize], found: &[usize]) -> ModelError {
    ModelError::Shape {
        file: model.network_file.clone(),
        manifest: model.manifest_file.clone(),
        tensor,
        expected: format!("{expected:?}"),
        found: format!("{found:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{ColourOrder, Models, TensorLayout};

    fn mini() -> Model {
        Models::embedded().get("fer_mini_xception").expect("embedded")
    }

    #[test]
    fn every_embedded_network_loads_and_runs() {
        let models = Models::embedded();
        for name in models.names().expect("names") {
            let network = Network::load(&models.get(&name).expect("valid")).expect("loads");
            let numbers: usize = network.input().shape().iter().product();
            let outputs = network.run(&vec![0.0; numbers]).expect("runs");
            assert!(outputs.iter().flatten().all(|value| value.is_finite()), "{name}");
        }
    }

    #[test]
    fn another_input_size_or_layout_is_a_shape_error() {
        for (layout, colour, size) in [
            (TensorLayout::Nchw, ColourOrder::Grey, 48),
            (TensorLayout::Nhwc, ColourOrder::Grey, 64),
            (TensorLayout::Nchw, ColourOrder::Rgb, 64),
        ] {
            let mut model = mini();
            model.manifest.input = InputSpec { size, layout, colour, ..model.manifest.input };
            let words = Network::load(&model).err().expect("refused").to_string();
            assert!(words.contains("input is [1, 1, 64, 64]"), "{words}");
        }
    }

    #[test]
    fn bytes_that_are_no_network_are_one_clear_error() {
        let mut model = mini();
        model.network = b"not a network"[..].into();
        let words = Network::load(&model).err().expect("refused").to_string();
        assert!(words.contains("fer_mini_xception.onnx: ") && !words.contains('\n'), "{words}");
    }

    #[test]
    fn a_missing_output_is_named() {
        let network = Network::load(&mini()).expect("loads");
        network.expect_output(0, 7).expect("seven");
        let words = network.expect_output(0, 8).unwrap_err().to_string();
        assert!(words.contains("output 0 is [1, 7]") && words.contains("8 numbers"), "{words}");
        assert!(network.expect_output(1, 7).is_err());
    }
}
