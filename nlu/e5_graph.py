"""multilingual-e5-small as an ONNX graph over 4-bit blocks, in the operators that ONNX Runtime has for such models.

Inputs: `input_ids` int64 and `attention_mask` int32, both `(texts, pieces)`; output: `token_embeddings` float32,
`(texts, pieces, width)`. The model is BERT's (Devlin et al. 2019): embeddings, then layers of attention and
feed-forward parts, each followed by a sum with what came in and a normalization.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nlu.e5_package import BLOCK, Package

_RUNTIMES_OWN = "com.microsoft"


def graph_of(package: Package) -> onnx.ModelProto:
    """The whole model, weights included (74 MB)."""
    return _Builder(package).model()


class _Builder:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        flow = self._embeddings()
        for number in range(self.package.layers):
            flow = self._layer(f"l{number}", flow)
        self._node("Identity", [flow], "token_embeddings")
        shape = ["texts", "pieces"]
        graph = helper.make_graph(
            self.nodes,
            "multilingual-e5-small",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT32, shape),
            ],
            [helper.make_tensor_value_info("token_embeddings", TensorProto.FLOAT, [*shape, self.package.width])],
            self.constants,
        )
        operators = [helper.make_opsetid("", 21), helper.make_opsetid(_RUNTIMES_OWN, 1)]
        return helper.make_model(graph, opset_imports=operators, ir_version=10)

    def _embeddings(self) -> str:
        """Word, place and kind of text (e5 knows one kind), normalized."""
        width = self.package.width
        weights, scales = self.package.blocks("emb.word", self.package.vocabulary)
        signed = (weights - 8) & 15  # four bits, two's complement
        self._constant("word.scales", scales)
        words = TensorProto(
            name="word",
            data_type=TensorProto.INT4,
            dims=[self.package.vocabulary, width],
            raw_data=_paired(signed).tobytes(),
        )
        self.constants.append(words)
        places = self.package.floats("emb.pos").reshape(-1, width) + self.package.floats("emb.type")[:width]
        self._constant("places", places)
        self._constant("zero", np.zeros(1, np.int64))
        blocks = {"gather_axis": 0, "quantize_axis": 1, "block_size": BLOCK}
        self._node("GatherBlockQuantized", ["word", "input_ids", "word.scales"], "words", _RUNTIMES_OWN, **blocks)
        self._node("Shape", ["input_ids"], "length", start=1, end=2)
        self._node("Slice", ["places", "zero", "length", "zero"], "placed")
        self._node("Add", ["words", "placed"], "embedded")
        norm = [self._floats("emb.ln.w"), self._floats("emb.ln.b")]
        return self._node("LayerNormalization", ["embedded", *norm], "emb.out", epsilon=self.package.epsilon)

    def _layer(self, at: str, flow: str) -> str:
        width, inner = self.package.width, self.package.inner
        queried, keyed, valued = (self._product(f"{at}.{part}.w", flow, width) for part in "qkv")
        biases = np.concatenate([self.package.floats(f"{at}.{part}.b") for part in "qkv"])
        attention = [queried, keyed, valued, self._constant(f"{at}.qkv.b", biases), "attention_mask"]
        heads = self.package.heads
        attended = self._node("MultiHeadAttention", attention, f"{at}.attended", _RUNTIMES_OWN, num_heads=heads)
        flow = self._sum(f"{at}.aln", self._product(f"{at}.ao.w", attended, width), flow, f"{at}.ao.b")
        wide = [self._product(f"{at}.fi.w", flow, inner), self._floats(f"{at}.fi.b")]
        active = self._node("BiasGelu", wide, f"{at}.active", _RUNTIMES_OWN)
        return self._sum(f"{at}.oln", self._product(f"{at}.fo.w", active, width), flow, f"{at}.fo.b")

    def _product(self, name: str, flow: str, rows: int) -> str:
        """`flow` times the transposed matrix of that name, which has so many rows."""
        weights, scales = self.package.blocks(name, rows)
        matrix = [self._constant(f"{name}.blocks", _paired(weights)), self._constant(f"{name}.scales", scales.ravel())]
        size = {"K": scales.shape[1] * BLOCK, "N": rows, "bits": 4, "block_size": BLOCK}
        # Level 4: the other factor in blocks of 8 bits, as the package's own engine has it.
        return self._node("MatMulNBits", [flow, *matrix], f"{name}.out", _RUNTIMES_OWN, accuracy_level=4, **size)

    def _sum(self, norm: str, added: str, flow: str, bias: str) -> str:
        """The normalized sum of two flows and a bias."""
        inputs = [added, flow, self._floats(f"{norm}.w"), self._floats(f"{norm}.b"), self._floats(bias)]
        return self._node("SkipLayerNormalization", inputs, f"{norm}.out", _RUNTIMES_OWN, epsilon=self.package.epsilon)

    def _floats(self, name: str) -> str:
        return self._constant(name, self.package.floats(name))

    def _constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output


def _paired(weights: np.ndarray) -> np.ndarray:
    """Two neighbours in a byte, the first in its lower half."""
    return weights[..., 0::2] | (weights[..., 1::2] << 4)
