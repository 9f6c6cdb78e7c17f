"""Rasa graph components; `config.yml` names them by module and class."""

import jieba

from nlu.settings import settings

# jieba's default is a predictable file in the shared temporary folder.
settings().var.mkdir(parents=True, exist_ok=True)
jieba.dt.tmp_dir = str(settings().var)
jieba.setLogLevel("WARNING")
