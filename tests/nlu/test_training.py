import pytest

from nlu import training


def test_a_misaligned_entity_fails_the_training():
    line = "UserWarning: Misaligned entity annotation in message '门口路灯' with intent 'report'.\n"
    with pytest.raises(training.TrainingFailed, match="对不上"):
        training._refuse_misaligned(["Starting\n", line])


def test_the_model_depends_on_everything_it_is_made_of(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "nlu" / "data").mkdir(parents=True)
    file = tmp_path / "nlu" / "data" / "x.yml"
    file.write_text("a")
    first = training.fingerprint()
    assert training.fingerprint() == first
    file.write_text("b")
    assert training.fingerprint() != first


def test_other_code_starts_another_cache_and_other_data_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "ROOT", tmp_path)
    monkeypatch.setattr(training.settings(), "var", tmp_path / "var")
    code, data = tmp_path / "nlu" / "x.py", tmp_path / "nlu" / "x.yml"
    code.parent.mkdir()
    code.write_text("a = 1")
    first = training._cache()
    first.mkdir(parents=True)
    data.write_text("a")
    assert training._cache() == first
    code.write_text("a = 2")
    assert training._cache() != first
    assert not first.exists()
