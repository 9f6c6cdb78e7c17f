import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from nlu import encoder


def test_the_encoder_is_a_sentence_transformer_and_its_vectors_have_length_one():
    assert isinstance(encoder.encoder(), SentenceTransformer)
    vectors = encoder.encode_queries(["路灯坏了", "身份证到期怎么换"])
    assert vectors.shape == (2, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_what_means_the_same_is_nearer():
    question, same, other = encoder.encode_queries(["身份证过期了怎么办", "身份证到期换领", "楼上装修太吵"])
    assert question @ same > question @ other


@pytest.mark.parametrize(
    ("written", "plain"), [("身份證丟了", "身份证丢了"), ("ＡＢＣ１２３", "abc123"), ("a\0b", "a b")]
)
def test_one_text_written_differently_has_one_vector(written, plain):
    assert encoder.normalize(written) == plain
    assert np.array_equal(*encoder.encode_queries([written, plain]))


@pytest.mark.parametrize("text", ["", "😀", "长" * 100_000, "\ud83d"])
def test_any_text_can_be_encoded(text):
    assert np.isfinite(encoder.encode_queries([text])).all()
